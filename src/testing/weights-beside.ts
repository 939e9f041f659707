import { ModelMessage, type ModelProto } from '../graph/schema.js';

/** A model, of which one initializer is kept in `weights.bin` beside it. */
export function withWeightsBeside(
  model: Uint8Array,
  name: string,
): { readonly bytes: Uint8Array; readonly weights: Uint8Array } {
  const proto = ModelMessage.decode(model) as ModelProto;
  const kept = proto.graph!.initializer!.find((tensor) => tensor.name === name)!;
  const initializer = proto.graph!.initializer!.map((tensor) =>
    tensor === kept
      ? {
          ...{ name, dims: kept.dims, data_type: kept.data_type, data_location: 1 },
          external_data: [{ key: 'location', value: 'weights.bin' }],
        }
      : tensor,
  );
  const moved = { ...proto, graph: { ...proto.graph!, initializer } };
  return { bytes: ModelMessage.encode(moved).finish(), weights: kept.raw_data! };
}
