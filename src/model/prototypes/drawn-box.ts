import { unsupported } from '../../base/errors.js';
import { choice } from '../../base/options.js';
import type { Graph } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import { activationBox, type PixelBox } from './activation-box.js';
import { type PlaceIn, placeBox } from './boxes.js';
import { fieldBox, receptiveField } from './receptive-field.js';

const kinds = ['active', 'place', 'field'] as const;
export type Boxes = (typeof kinds)[number];

/** The option of the box that is noted for a prototype's patch. */
export const boxesOption = (usual: Boxes) =>
  choice(kinds, {
    doc: 'the box that is noted for the patch of a prototype: active surrounds where it is most active (ProtoPNet), place is its place of the feature map enlarged (ProtoTree), field all pixels that the place sees',
    default: usual,
  });

/**
 * The box of a patch, by its map of distances `[H, W]` and its place. Throws where the network has no
 * receptive field that it could be.
 */
export function drawBox(
  boxes: Boxes,
  active: (distance: number) => number,
  graph: Graph,
  features: string,
  height: number,
  width: number,
): (distances: Tensor, place: PlaceIn) => PixelBox {
  if (boxes === 'place') return (_, place) => placeBox(place, height, width);
  if (boxes === 'active')
    return ({ data, shape }) => activationBox({ data: data.map(active), shape }, height, width);
  const field = receptiveField(graph, features);
  if (!field)
    throw unsupported(
      "option 'boxes' got field; a layer of this network sees the whole image: active, place",
    );
  return (_, place) => fieldBox(field, place, height, width);
}
