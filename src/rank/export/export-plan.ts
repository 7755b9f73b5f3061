import { resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { PRESETS, type PresetName } from './presets.js';
import type { TemplateName, TrainerName, Training } from './trainer.js';

/** Where rows go for a trainer, and how it is to train. */
export interface ExportPlan {
  readonly trainer: TrainerName;
  /** Absolute. */
  readonly folder: string;
  readonly training: Omit<Training, 'isLastTurnOnly'>;
}

/** What `rank`'s options say of an export. */
export interface ExportOptions {
  readonly export?: TrainerName;
  readonly exportPreset?: PresetName;
  readonly exportTemplate?: TemplateName;
  readonly baseModel?: string;
  readonly out?: unknown;
}

/** The export that options ask for, or null. @throws EvosiftError `bad_argument`, naming the option. */
export function planExport(options: ExportOptions): ExportPlan | null {
  const { export: trainer, baseModel, exportPreset = 'published', exportTemplate = 'model', out } = options;
  if (trainer === undefined) {
    const idle = (['exportPreset', 'exportTemplate', 'baseModel'] as const).find((name) => options[name] !== undefined);
    if (idle !== undefined) throw bad(idle, `\`${idle}\` belongs to \`export\`; name the trainer there`);
    return null;
  }
  if (typeof out !== 'string') {
    throw bad('out', '`export` writes a folder, so `out` must name one that is empty or not there');
  }
  if (baseModel === undefined) {
    throw bad('baseModel', '`export` needs `baseModel`: the model that is to be trained, an id or a directory');
  }
  return {
    trainer,
    folder: resolve(out),
    training: { baseModel, preset: PRESETS[exportPreset], template: exportTemplate },
  };
}

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `rank: ${message}`, { option: name });
