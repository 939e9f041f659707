import { choice } from '../../base/options.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Metric, Scored } from './metric.js';
import type { Sign } from './reading.js';

/** Scores for undefined cases, shared by all metrics that have no own ones. */
export const undefinedFor: Metric['undefinedFor'] = {
  emptyMask: 'undefined',
  flatMap: 'undefined',
  nan: 'undefined',
};

/** The same for a metric without a mask. */
export const withoutMask: Metric['undefinedFor'] = { ...undefinedFor, emptyMask: 'masks are not read' };

/** The option that chooses which part of the map's sign a metric reads. */
export const signOption = (usual: Sign) =>
  choice(['signed', 'positive', 'absolute'], {
    doc: "how the map's sign is read: signed values, positive values (others become 0), or magnitudes",
    default: usual,
  });

/** The mask of a metric that declares that it needs one. */
export const maskOf = ({ mask }: Scored): Tensor<Uint8Array> => {
  if (mask === undefined) throw new Error('a metric read a mask that it did not declare as needed');
  return mask;
};

/** Declarations shared by all faithfulness metrics. */
export const faithfulness = {
  category: 'faithfulness',
  reads: 'signed',
  undefinedFor: withoutMask,
  needs: ['model'],
} as const;

/** Declarations shared by localisation metrics, unless they state otherwise. */
export const localisation = {
  category: 'localisation',
  direction: 'higher',
  range: [0, 1],
  reads: 'signed',
  undefinedFor,
  needs: ['mask'],
  invariantTo: ['scale', 'shift', 'monotone'],
} as const;

/** Declarations shared by all complexity metrics. */
export const complexity = {
  category: 'complexity',
  reads: 'absolute',
  undefinedFor: withoutMask,
  needs: [],
  invariantTo: ['scale'],
} as const;
