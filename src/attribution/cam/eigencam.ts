import { cite, type Paper } from '../../base/paper.js';
import { type CamLayer, layerOf } from '../../model/maps/layer.js';
import { asMap, channelsOf, mapSize } from '../../model/maps/layer-values.js';
import { rows, sizeOf, type Tensor, zeros } from '../../tensor/tensor.js';
import { type Attribution, type Method, method, type Request } from '../method.js';
import {
  type CamOptions,
  camGraph,
  camOptions,
  finish,
  layerPass,
  layerValues,
  type Weighing,
} from './cam.js';
import { firstComponent } from './principal.js';
import { componentNodes } from './principal-graph.js';

export const eigencam = componentMethod({
  name: 'eigencam',
  doc: "The first principal component of a layer's activations; the same for every target.",
  paper: cite`Muhammad, Yeasin (2020). Eigen-CAM: class activation map using principal components. arXiv:2008.00299`,
  evaluations: { forward: 1, backward: 0 },
  values: async (request, place) => asMap(place, await layerValues(request, place.value)),
  nodes: (_, { activations }) => activations,
});

export const eigengradcam = componentMethod({
  name: 'eigengradcam',
  doc: "The first principal component of a layer's activations times their gradients.",
  paper: cite`Gildenblat and contributors (2021). PyTorch library for CAM methods. github.com/jacobgil/pytorch-grad-cam`,
  evaluations: { forward: 1, backward: 1 },
  async values(request) {
    const { activations, gradients } = await layerPass(request);
    return { data: activations.data.map((a, i) => a * gradients.data[i]!), shape: activations.shape };
  },
  nodes: ({ mul }, { activations, gradients }) => mul(activations, gradients),
});

function componentMethod<const N extends string>(declared: {
  readonly name: N;
  readonly doc: string;
  readonly paper: Paper;
  readonly evaluations: Attribution['evaluations'];
  /** Of a layer, `[N, C, ...positions]`. */
  values(request: Request<CamOptions>, place: CamLayer): Promise<Tensor>;
  /** The same as nodes. */
  readonly nodes: Weighing;
}): Method<N, typeof camOptions> {
  const { values, nodes, evaluations, ...named } = declared;
  return method({
    ...named,
    family: 'cam',
    options: camOptions,
    maps: 'spatial',
    async attribute(request) {
      const found = await values(request, layerOf(request.model, request.options.layer));
      const [count, channels, ...space] = found.shape as [number, number, ...number[]];
      const raw = zeros([count, 1, ...space]);
      const area = sizeOf(space);
      for (let i = 0; i < count; i++)
        raw.data.set(firstComponent(rows(found, i, i + 1).data, channels, area), i * area);
      return finish(raw, request, evaluations);
    },
    graph(asked) {
      const { model, options } = asked;
      const place = layerOf(model, options.layer);
      const size = mapSize(place, model.shapes);
      const channels = channelsOf(place, model.shapes);
      return camGraph(asked, (builder, layer) =>
        componentNodes(builder, nodes(builder, layer), channels, size),
      );
    },
  });
}
