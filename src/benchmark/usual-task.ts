import type { Archive } from '../data/record.js';
import { noneOf } from '../data/reformulate/dominant.js';
import { oneOfSeveral, shortList } from '../data/reformulate/findings.js';

/** What a request says of its data set and task. */
interface Asked {
  readonly datasetOptions?: object | undefined;
  readonly task?: string | undefined;
  readonly taskOptions?: object | undefined;
}

/** Whether the task depends on what the archive shows: no task of class folders is asked for. */
export const followsArchive = ({ datasetOptions, task, taskOptions }: Asked): boolean => {
  const { format } = { format: undefined, ...datasetOptions };
  return format === 'class-folders' && task === undefined && taskOptions === undefined;
};

/** The task that tells several classes of folders apart, with the reason, where no other one is asked for. */
export function usualTask(
  request: Asked,
  archive: Archive,
):
  | {
      readonly asked: { readonly task: 'dominant'; readonly taskOptions: { readonly none?: 'class' } };
      readonly told: string;
    }
  | undefined {
  const several = followsArchive(request) ? oneOfSeveral(archive) : undefined;
  if (several === undefined) return undefined;
  const { findings, orNone } = several;
  return {
    asked: { task: 'dominant', taskOptions: orNone ? { none: 'class' } : {} },
    told: `each image shows one of ${shortList(findings)}${orNone ? `, or nothing (class '${noneOf(archive)}')` : ''}: task dominant tells them apart; --task presence --task-option finding=NAME asks for one of them`,
  };
}
