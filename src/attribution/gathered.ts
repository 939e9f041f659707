import type { Explained } from './attribute.js';

/** Samples of a batch that were explained together. */
export interface Group {
  readonly made: Explained;
  /** The place of each row in the batch. */
  readonly samples: readonly number[];
}

/** What is known of the maps of a batch. */
export type Gathered = Omit<Explained, 'map' | 'flaws'>;

/** What is known of a batch that was explained in groups, each number at its sample's place. */
export function gathered(groups: readonly Group[]): Gathered {
  const { map: _, flaws: __, ...first } = groups[0]!.made;
  const placed = <T>(of: (made: Explained) => readonly T[] | undefined): readonly T[] | undefined => {
    const all: T[] = [];
    for (const { made, samples } of groups) {
      const values = of(made);
      if (values === undefined) return undefined;
      for (const [row, sample] of samples.entries()) all[sample] = values[row]!;
    }
    return all;
  };
  const notes = (of: (made: Explained) => readonly string[]) => [
    ...new Set(groups.flatMap(({ made }) => of(made))),
  ];
  const baselineProbability = placed(({ compared }) => compared?.baselineProbability);
  const baselines = placed(({ compared }) => compared?.baselines);
  const compared = first.compared && {
    ...first.compared,
    input: placed((made) => made.compared?.input)!,
    baseline: placed((made) => made.compared?.baseline)!,
    ...(baselineProbability && { baselineProbability }),
    ...(baselines && { baselines }),
  };
  const residual = placed((made) => made.residual);
  const convergence = placed((made) => made.convergence);
  return {
    ...first,
    ...(compared && { compared }),
    ...(residual && { residual }),
    ...(convergence && { convergence }),
    notes: notes((made) => made.notes),
    sampleNotes: notes((made) => made.sampleNotes ?? []),
    generalNotes: notes((made) => made.generalNotes),
    networkNotes: notes((made) => made.networkNotes),
    made: { ...first.made, targets: placed(({ made }) => made.targets)! },
  };
}
