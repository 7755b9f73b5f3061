/** Verbs that English instructions begin with. */
const VERBS: ReadonlySet<string> = new Set(
  (
    'accept act adapt add adjust advise aggregate allocate alphabetise alphabetize analyse analyze ' +
    'annotate answer append apply approximate argue arrange ask assemble assess assign assist assume ' +
    'attach balance begin brainstorm break bring build calculate capitalise capitalize caption carry ' +
    'categorise categorize change characterise characterize chart check choose circle cite clarify ' +
    'classify clean code collect combine come comment compare compile complete compose compress compute ' +
    'conclude concoct condense conduct connect consider construct contextualize contrast contribute ' +
    'convert convince copy correct count craft create critique cross cut debate debug decide declare ' +
    'decode decompose decrypt deduce define delete deliver demonstrate depict derive describe design ' +
    'detail detect determine develop devise diagnose diagram differentiate discuss display distinguish ' +
    'divide do document draft dramatize draw drill edit elaborate eliminate emphasise emphasize emulate ' +
    'encode encrypt enhance ensure enter enumerate establish estimate evaluate examine execute expand ' +
    'explain explicate explore express extend extract fabricate fact-check factcheck factor fill filter ' +
    'find fix focus follow forecast form format formulate furnish gather generate get give go group ' +
    'guess handle help highlight hyphenate hypothesise hypothesize identify illustrate imagine imitate ' +
    'implement improve include incorporate indicate infer inform insert inspect integrate interpret ' +
    'interview introduce invent investigate itemize join judge justify juxtapose keep label lay let ' +
    'limit link list locate look make map mark match measure memorize mention merge mimic model modify ' +
    'move multiply name narrate navigate negotiate normalise normalize note notice number offer optimise ' +
    'optimize order organise organize outline output paint paraphrase parse participate paste perform ' +
    'persuade phrase pick pinpoint place plan play plot point polish ponder pose post predict prepare ' +
    'prescribe present pretend prioritise prioritize produce program prompt propose prove provide ' +
    'publish punctuate put quantify quote rank rate read rearrange reason reassemble recall recite ' +
    'recommend reconstruct record recreate redact redesign reduce refactor refer refine reflect reformat ' +
    'reformulate refute reimagine relate remove rename render reorder reorganise reorganize repeat ' +
    'rephrase replace reply report represent request research resolve respond restate restrict ' +
    'restructure retell retrieve return reverse review revise reword rewrite rhyme role-play roleplay ' +
    'round run sample satirize say scan schedule score search segment select send separate set share ' +
    'shorten show shuffle simplify simulate sing sketch solve sort speak specify speculate spell spend ' +
    'split standardise standardize start state strengthen structure study subdivide submit substitute ' +
    'subtract suggest sum summarise summarize summon support suppose survey swap synthesise synthesize ' +
    'tabulate tag take talk teach tell test think tokenize trace track transcribe train learn consult transform translate ' +
    'trim troubleshoot try turn type uncover underline understand update upload use utilise utilize ' +
    'validate vary verify view visit visualise visualize vote weave weigh wonder work write'
  ).split(' '),
);

/** Words that come between the beginning of a request and its verb. */
const LEADS: ReadonlySet<string> = new Set(
  (
    'please now next then also finally first firstly second secondly third lastly kindly just always never carefully ' +
    'briefly clearly creatively logically accurately concisely critically randomly automatically quickly thoroughly ' +
    'and or but so do not to you should must can could would will'
  ).split(' '),
);

/** Where a sentence, a line or a part of one begins; list numbers, quotes and Markdown don't count. */
const SENTENCE = /(?:^|[.!:;(–—\n]|["“”])[\s"'“*_#>-]*(?:\(?(?:\d{1,2}|[a-z])[.)]\s*)?/gim;

/** Words that put a condition before a request: "Given a word, write …". */
const AFTER_CONDITION =
  /(?:^|[.!:;\n]\s*)[^.!?\n,]{0,30}\b(?:given|using|based|with|in|for|if|as|from|after|before|on|considering|assuming|suppose|imagine|imagining|when|by|under|without|instead|to)\b[^.!?\n]{0,200}?,\s*/gim;

/** Words that say that a request follows. */
const BEFORE_REQUEST =
  /\b(?:please|in your own words|you (?:should|must|need to|have to|will|are to|may)|(?:i|we)(?:['’]d| would)? (?:want|need|like|ask) (?:you )?(?:to)?|(?:task|job|goal|aim|challenge|mission|assignment) is(?: then| now)? to|asked to|required to|help (?:me|us|him|her|them)|(?:must|should|needs? to|has to|wants? to))\s+/gim;

/** After a comma or a dash, where many verbs are but part of a statement, these ask. */
const AFTER_COMMA =
  /(?:,|\s-)\s*(?:then |and )?(?:please )?(?:calculate|compute|determine|find|solve|explain|describe|write|list|name|identify|discuss|state|estimate|summari[sz]e)\b/i;

/** Other things that only requests say. */
const REQUESTED =
  /[?？؟¿]|^(?:how|what|when|where|which|who|whom|whose|why)\b|\b(?:how (?:many|much|long|far|old)|what (?:is|are|was|were|will|would|does|did|do|should|can|number|percentage))\b|\b(?:your (?:answer|response|task|goal|job|solution|essay|story|poem|explanation)|the (?:answer|response|solution|output) (?:must|should)|i need|needed:?)\b|_{2,}|\.{3}\s*$/im;

/** Whether an English text asks for anything, as instructions and questions do. */
export function asksForSomething(text: string): boolean {
  const bare = text.trim();
  if (REQUESTED.test(bare) || AFTER_COMMA.test(bare)) return true;
  return [SENTENCE, AFTER_CONDITION, BEFORE_REQUEST].some((place) => hasVerbAt(bare, place));
}

function hasVerbAt(text: string, place: RegExp): boolean {
  for (const { 0: match, index } of text.matchAll(place)) {
    const end = index + match.length;
    if (beginsWithVerb(text.slice(end, end + LONGEST_BEGINNING))) return true;
  }
  return false;
}

/** Characters in which the verb of a request comes. */
const LONGEST_BEGINNING = 60;

function beginsWithVerb(text: string): boolean {
  const words =
    text
      .toLowerCase()
      .replace(/\bre-(?=[a-z])/g, 're')
      .match(/[a-z][a-z'’-]*/g) ?? [];
  const first = words.find((word) => !LEADS.has(word));
  return first !== undefined && VERBS.has(first);
}
