import { inputError } from '../../base/errors.js';
import { choice, integer, optional } from '../../base/options.js';
import { cite } from '../../base/paper.js';
import { withDice } from '../dice.js';
import { architecture, type Feature, type Net } from './architecture.js';
import { backbones, stagesOf } from './backbones.js';
import { batchNorm, concat, conv, relu, upsample } from './layers.js';

/** Channels at a scale that the encoder has no maps of; coarser ones have their maps' number. */
const leastChannels = 8;

export const unet = architecture({
  name: 'unet',
  doc: 'A segmentation network, trained on masks: the maps of an encoder are enlarged step by step and joined with those of its earlier stages; every pixel gets a score for each class.',
  paper: cite`Ronneberger, Fischer, Brox (2015). U-Net: convolutional networks for biomedical image segmentation. arXiv:1505.04597`,
  options: {
    encoder: choice(backbones, { doc: 'the network that makes the maps', default: 'cnn' }),
    width: optional(
      integer({
        doc: "channels of the encoder's first stage, of the networks that have this option",
        min: 1,
        max: 256,
        default: 16,
      }),
    ),
    patch: integer({
      doc: 'side in pixels of the random parts of images that are trained on, half of them around the annotation; 0, or more than the image has, takes whole images',
      min: 0,
      max: 4096,
      default: 64,
    }),
  },
  build(net, image, classes, { encoder, width }) {
    const stages = stagesOf(encoder, net, image, width === undefined ? {} : { width });
    const decoded = decode(net, image, stages);
    return conv(net, 'logits', decoded, { channels: classes, kernel: 1, bias: true });
  },
  segments: ({ patch }) => ({ patch }),
  phases: (_options, epochs) => [{ name: '', epochs, loss: withDice }],
});

/**
 * Doubles the coarsest maps until they have the image's size. At each size that the encoder has maps of, the
 * last of them are joined. Throws where the image cannot be halved as often as the encoder does.
 */
function decode(net: Net, image: Feature, stages: readonly Feature[]): Feature {
  const [height, width] = image.shape.slice(1) as [number, number];
  let x = stages.at(-1)!;
  const times = height / x.shape[1]!;
  if (!Number.isInteger(Math.log2(times)) || times !== width / x.shape[2]!) {
    throw inputError(
      `maps of ${x.shape.slice(1).join('x')} cannot be doubled back to the ${height}x${width} pixels of the image; sides that are multiples of 32 can`,
    );
  }
  for (let part = 1; x.shape[1]! < height; part++) {
    const larger = upsample(net, `decoder${part}.larger`, x);
    const skip = stages.findLast(({ shape }) => shape[1] === larger.shape[1]);
    const channels = skip?.shape[0] ?? Math.max(leastChannels, x.shape[0]! / 2);
    x = skip ? concat(net, `decoder${part}.joined`, [larger, skip]) : larger;
    for (const layer of [1, 2]) {
      const name = `decoder${part}.conv${layer}`;
      const convolved = conv(net, name, x, { channels });
      x = relu(net, `decoder${part}.relu${layer}`, batchNorm(net, `decoder${part}.bn${layer}`, convolved));
    }
  }
  return x;
}
