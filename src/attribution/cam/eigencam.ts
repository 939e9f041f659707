import { cite, type Paper } from '../../base/paper.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { type Method, method } from '../method.js';
import { camOptions, finish, layerPass } from './cam.js';
import { layerOf } from './layer.js';
import { firstComponent } from './principal.js';

export const eigencam = componentMethod({
  name: 'eigencam',
  doc: "The first principal component of a layer's activations; the same for every target.",
  paper: cite`Muhammad, Yeasin (2020). Eigen-CAM: class activation map using principal components. arXiv:2008.00299`,
  value: (activation) => activation,
});

export const eigengradcam = componentMethod({
  name: 'eigengradcam',
  doc: "The first principal component of a layer's activations times their gradients.",
  paper: cite`Gildenblat and contributors (2021). PyTorch library for CAM methods. github.com/jacobgil/pytorch-grad-cam`,
  value: (activation, gradient) => activation * gradient,
});

function componentMethod<const N extends string>(declared: {
  readonly name: N;
  readonly doc: string;
  readonly paper: Paper;
  value(activation: number, gradient: number): number;
}): Method<N, typeof camOptions> {
  const { value, ...named } = declared;
  return method({
    ...named,
    family: 'cam',
    options: camOptions,
    maps: 'spatial',
    async attribute(request) {
      const { activations, gradients } = await layerPass(
        request,
        layerOf(request.model, request.options.layer),
      );
      const [count, channels, ...space] = activations.shape as [number, number, ...number[]];
      const raw = zeros([count, 1, ...space]);
      const area = sizeOf(space);
      for (let i = 0; i < count; i++) {
        const [own, slopes] = [activations, gradients].map((t: Tensor) => rows(t, i, i + 1).data);
        const map = firstComponent(area, channels, (position, channel) =>
          value(own![channel * area + position]!, slopes![channel * area + position]!),
        );
        raw.data.set(map, i * area);
      }
      return finish(raw, request, { forward: 1, backward: 1 });
    },
  });
}
