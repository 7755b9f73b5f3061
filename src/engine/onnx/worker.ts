import { SequenceScorer } from './sequence-scorer.js';
import { serve } from './serve.js';

/** The thread that a causal language model's session lives in: onnxruntime's run() blocks the thread that calls it. */
serve(SequenceScorer.load);
