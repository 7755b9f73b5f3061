/** A failure whose message tells the user what is wrong and what to do; anything else that is thrown is a defect. */
export class Failure extends Error {}
