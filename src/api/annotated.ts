import { ofFinding } from '../data/finding.js';
import type { Sample } from '../data/sample.js';
import { type Classifier, classCount } from '../model/classifier.js';
import { spatialOf } from '../model/questions/ask.js';
import { chosenOf } from '../model/questions/classes.js';
import { indexed, spelled, type Target, targetOf } from '../model/target.js';

/**
 * The sample with the annotation of the class that a target is about, where it may show several findings; as
 * it is where the target is about no class.
 */
export function annotatedFor(sample: Sample, model: Classifier, target: number | string | Target): Sample {
  if (sample.findings === undefined) return sample;
  const label = typeof target === 'number' ? target : classOf(model, targetOf(target));
  return label === undefined ? sample : ofFinding(sample, label);
}

function classOf(model: Classifier, target: Target): number | undefined {
  const of = String(target.of);
  switch (target.kind) {
    case 'class':
    case 'probability':
    case 'log-probability':
    case 'log-odds':
      return chosenOf(of, model.classes, classCount(model)).one;
    case 'region':
      return chosenOf(of, model.classes, spatialOf(model, spelled(target)).classes).one;
    case 'output':
      return indexed(of).indices[0];
    default:
      return undefined;
  }
}
