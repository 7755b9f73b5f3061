import { GraphRunner } from './graph-runner.js';
import { serve } from './serve.js';

/** The thread that the session of any other graph lives in. */
serve(GraphRunner.load);
