import { unsupported, usageError } from '../../base/errors.js';
import { unknownName } from '../../base/names.js';
import { attentionLayers } from '../../graph/attention.js';
import { ancestors } from '../../graph/order.js';
import type { Classifier } from '../../model/classifier.js';
import { tokensInto } from '../attention/entry.js';
import { fittingGrid, type TokenGrid, tokenGrid } from '../attention/tokens.js';
import { isMap, lastMap } from './maps.js';

/** A layer for class activation: a map `[N, C, h, w]`, or tokens `[N, T, C]` of patches on a grid. */
export interface CamLayer {
  readonly value: string;
  readonly grid?: TokenGrid;
}

/**
 * The named ONNX value. By default the last map with more than one position before the output, or the tokens
 * that enter the last attention where that is later.
 */
export function layerOf(model: Classifier, name: string): CamLayer {
  if (name !== '') return named(model, name);
  const onTheWay = ancestors(model.graph, model.output);
  const map = lastMap(model, onTheWay);
  const tokens = lastTokens(model, onTheWay);
  const order = (value: string) => model.graph.nodes.findIndex((node) => node.outputs.includes(value));
  if (tokens !== undefined && (map === undefined || order(tokens) > order(map)))
    return tokensAt(model, tokens);
  if (map !== undefined) return { value: map };
  throw unsupported(
    'the model has no value of shape [N, C, h, w] to look at; class activation maps need one',
  );
}

function lastTokens(model: Classifier, onTheWay: ReadonlySet<string>): string | undefined {
  const last = attentionLayers(model.graph, model.shapes).at(-1)?.[0];
  if (!last) return undefined;
  if (last.layout === 'windows') {
    throw usageError(
      "the model attends over windows; give option 'layer' (a value [N, C, h, w] or [N, T, C])",
    );
  }
  const tokens = tokensInto(model, last);
  return tokens !== undefined && onTheWay.has(tokens) ? tokens : undefined;
}

function named(model: Classifier, given: string): CamLayer {
  const name = model.aliases?.get(given) ?? given;
  const shape = model.shapes.get(name);
  if (!shape) {
    throw unknownName(
      [...model.shapes.keys()].filter((value) => isMap(model, value)),
      given,
      'layer',
    );
  }
  if (isMap(model, name)) return { value: name };
  if (shape.dims.length === 3 && shape.batchAxis === 0 && shape.type === 'float32')
    return tokensAt(model, name);
  throw usageError(
    `layer '${given}' has shape [${shape.dims}]; a class activation map needs [N, C, h, w], or the tokens [N, T, C] of a transformer`,
  );
}

function tokensAt(model: Classifier, value: string): CamLayer {
  const count = model.shapes.get(value)!.dims[1]!;
  const whole = attentionLayers(model.graph, model.shapes)
    .flat()
    .find(({ layout, queries, keys }) => layout !== 'windows' && queries === keys);
  const grid = whole && tokenGrid(model, whole);
  if (grid?.tokens === count) return { value, grid };
  const [height, width] =
    grid && grid.height * grid.width === count ? [grid.height, grid.width] : fittingGrid(model, count, 0);
  return { value, grid: { tokens: count, first: 0, height, width } };
}
