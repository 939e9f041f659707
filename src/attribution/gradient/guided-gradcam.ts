import { choice } from '../../base/options.js';
import { imagesIn } from '../cam/by-image.js';
import { camOptions } from '../cam/cam.js';
import { gradcam } from '../cam/gradcam.js';
import { method } from '../method.js';
import { guidedBackprop, guidedPass } from './guided-backprop.js';

export const guidedGradcam = method({
  name: 'guided-gradcam',
  family: 'gradient',
  doc: 'Guided backpropagation times the rectified Grad-CAM map.',
  paper: gradcam.paper!,
  options: {
    layer: camOptions.layer,
    upsample: choice(['bilinear', 'nearest'], {
      doc: "how the map is brought to the input's size",
      default: 'bilinear',
    }),
  },
  maps: 'input',
  async attribute(request) {
    const { map: guided, notes } = await guidedBackprop.attribute({ ...request, options: {} });
    const { map: cam, ...found } = await gradcam.attribute({
      ...request,
      options: { ...request.options, relu: true },
    });
    const size = guided.data.length / request.targets.length;
    const { count, ofPlane, area } = imagesIn(request.model, cam.data.length / request.targets.length);
    const image = (i: number) => Math.floor(i / size) * count + ofPlane[Math.floor((i % size) / area)]!;
    const data = guided.data.map((g, i) => g * cam.data[image(i) * area + (i % area)]!);
    const said = (notes ?? []).map((note) => note.replace('the map is', 'its guided part is'));
    return {
      map: { data, shape: guided.shape },
      layer: found.layer!,
      passesLayer: true,
      notes: [...said, ...(found.notes ?? [])],
      evaluations: { forward: 2, backward: 2 },
    };
  },
  async graph(asked) {
    const cam = await gradcam.graph!({ ...asked, options: { ...asked.options, relu: true } });
    const { model } = cam;
    return {
      model,
      nodes(builder, walk, image) {
        const { [model.input.name]: guided } = walk(guidedPass(model));
        return { map: builder.mul(guided!, cam.nodes(builder, walk, image).map) };
      },
    };
  },
});
