import { int, intOf, stringOf } from '../../attributes.js';
import type { Rule } from '../../backward.js';
import type { Node } from '../../graph.js';
import { refusal } from './constant.js';

/** Whether updates are added to the data; otherwise they replace it. */
function adds(node: Node): boolean {
  const reduction = stringOf(node, 'reduction', 'none');
  if (reduction !== 'none' && reduction !== 'add') throw refusal(node, `reduction = ${reduction}`);
  return reduction === 'add';
}

/** dupdates = dy at the indices; ddata = dy elsewhere, or everywhere if updates are added */
export const ScatterElements: Rule = (node, [dy], { needsGradient, emit, expandLike }) => {
  const [data, at, updates] = node.inputs as [string, string, string];
  const axis = { axis: int(intOf(node, 'axis', 0)) };
  const added = adds(node);
  const rest = () => emit('ScatterElements', [dy!, at, expandLike(0, updates)], axis);
  return [
    needsGradient(data) ? (added ? dy : rest()) : undefined,
    undefined,
    needsGradient(updates) ? emit('GatherElements', [dy!, at], axis) : undefined,
  ];
};

/** As ScatterElements; the last axis of the indices addresses the leading axes of data. */
export const ScatterND: Rule = (node, [dy], { needsGradient, emit, expandLike }) => {
  const [data, at, updates] = node.inputs as [string, string, string];
  const added = adds(node);
  const rest = () => emit('ScatterND', [dy!, at, expandLike(0, updates)]);
  return [
    needsGradient(data) ? (added ? dy : rest()) : undefined,
    undefined,
    needsGradient(updates) ? emit('GatherND', [dy!, at]) : undefined,
  ];
};
