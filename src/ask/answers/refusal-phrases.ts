/** Up to `n` characters of the same sentence. */
const gap = (n: number): string => `[^.!?\\n。！？]{0,${n}}?`;

/** Nothing but signs up to the end of the whole text. */
const END = '[^\\p{L}\\p{N}]*$';

const EN_CANNOT =
  "(?:i|we) (?:simply |just |really )?(?:can['’]?t|cannot|can not|am unable to|are unable to|am not able to|are not able to|won['’]t be able to|will not be able to|must decline|have to decline|am not (?:allowed|permitted|programmed|designed) to)|i['’]m (?:unable to|not able to|not allowed to|not permitted to|not comfortable)";
const EN_ACT =
  '(?:assist|help|fulfil|comply|provide|creat|generat|writ|rewrit|answer|respond|produc|engag|support|complet|process|discuss|offer|do that|do this|make (?:this|that)|continue|accommodate|information|context|access|ability)';

const EN_LACKS =
  "(?:i|we) do(?:n['’]t| not) (?:currently )?have (?:any |direct )?(?:access|the ability|enough|sufficient|permission|the capability)";

/** How refusals begin, by language. */
const OPENINGS: readonly RegExp[] = [
  `(?:(?:i['’]m|i am|we['’]re) (?:very |so |really |truly |deeply )?(?:sorry|afraid)|sorry|(?:my )?apologies|i apologi[sz]e|unfortunately|regrettably)[^\\p{L}]${gap(40)}(?:(?:${EN_CANNOT})(?:${gap(40)}${EN_ACT}|${END})|${EN_LACKS})`,
  `(?:${EN_CANNOT}) (?:you )?(?:assist|help|comply|fulfil[l]?|answer|respond|engage|continue|provide|create|generate|write|rewrite)(?: (?:you|with|to|in))* (?:(?:that|this|such|your|the) ?${gap(20)}|content of (?:this|that) )(?:kind|type|nature|request|question|content|task|prompt|instruction|topic|query|material)`,
  `i (?:can['’]?t|cannot) (?:help|assist)(?: you)? with (?:that|this|your request)`,
  `as an? (?:ai|artificial intelligence|(?:large )?language model|text-based)${gap(80)}(?:can['’]?t|cannot|don['’]t|do not|unable|am not|can not|must decline)`,
  `(?:es tut mir (?:wirklich |sehr )?leid|tut mir leid|entschuldigung|leider)${gap(40)}(?:kann|können|darf)${gap(100)}(?:nicht|kein)${gap(60)}(?:helfen|unterstützen|beantworten|erfüllen|bereitstellen|erstellen|schreiben|nachkommen|anbieten|generieren|geben)`,
  `als (?:eine? )?(?:ki|künstliche intelligenz|sprachmodell|ki-${gap(20)}|ki-sprachmodell)[ ,]${gap(80)}(?:nicht|kein)`,
  `(?:je suis (?:vraiment |sincèrement )?(?:désolée?|navrée?)|désolée?|je m['’]excuse|malheureusement)${gap(30)}je ne (?:peux|suis|saurais|puis)${gap(60)}(?:aider|répondre|fournir|assister|créer|écrire|générer|satisfaire|accéder|capable|en mesure)`,
  `en tant qu(?:e |['’])(?:ia|intelligence artificielle|modèle de langage|assistant ia)${gap(60)}je ne`,
  `(?:lo siento|lo lamento|disculpa|disculpe|perdón|lamentablemente|desafortunadamente)${gap(30)}no (?:puedo|podemos|me es posible|tengo)${gap(50)}(?:ayudar|proporcionar|responder|cumplir|crear|escribir|generar|asistir|acceso|ofrecer|capacidad|solicitud)`,
  `como (?:un )?(?:modelo de lenguaje|inteligencia artificial|ia)[ ,]${gap(60)}no (?:puedo|tengo)`,
  `(?:mi dispiace|spiacente|purtroppo)${gap(30)}non (?:posso|sono in grado|riesco)${gap(50)}(?:aiutar|fornire|rispondere|soddisfare|creare|scrivere|generare|assister)`,
  `(?:sinto muito|desculpe|lamento|infelizmente)${gap(30)}não (?:posso|consigo|sou capaz|é possível)${gap(50)}(?:ajudar|fornecer|responder|cumprir|criar|escrever|gerar|atender)`,
  `(?:het spijt me|sorry|helaas)${gap(30)}(?:ik kan|kan ik|ik ben niet in staat)${gap(60)}(?:niet|geen)?${gap(40)}(?:helpen|geven|beantwoorden|voldoen|schrijven|maken)`,
  `(?:извините|простите|к сожалению|мне (?:очень )?жаль)${gap(30)}не (?:могу|в состоянии)${gap(40)}(?:помочь|ответить|предоставить|выполнить|создать|написать|помогать)`,
  `(?:как (?:языковая модель|ии|искусственный интеллект))${gap(60)}не `,
  `(?:非常|很|十分)?(?:抱歉|对不起|對不起|不好意思)[，,。！!\\s]*(?:但是?|不過|不过)?[，,]?(?:我|作为|作為|您)${gap(30)}(?:无法|無法|不能|不可以|没有办法|不可)`,
  `(?:作为|作為)(?:一个|一個|一名)?${gap(6)}(?:人工智能|ai|语言模型|語言模型)${gap(40)}(?:无法|無法|不能)`,
  `(?:大変|誠に)?(?:申し訳(?:ありません|ございません|ないのですが)|すみません|ごめんなさい)[^\\n]{0,60}?(?:できません|できかねます|いたしかねます)`,
  `(?:죄송합니다|죄송하지만|미안합니다)[^\\n]{0,60}?(?:수 없습니다|수 없어요|수 없|어렵습니다)`,
].map((pattern) => new RegExp(`^[\\s"'“”*_]*(?:${pattern})`, 'iu'));

/** What a text holds that asks for a refusal or an apology, or tells of one. */
const ABOUT_REFUSALS =
  /refus|declin|reject|apolog|turn(?:ing|ed)? down|say(?:ing)? no\b|sorry|absage|ablehn|entschuldig|verweiger|excuse|déclin|rechaz|disculp|perdón|rifiut|scus[ae]|recus|desculp|weiger|afwijz|отказ|извин|拒绝|拒絕|婉拒|道歉|抱歉|断り|断る|謝罪|お詫び|거절|사과/i;

/** Whether a text begins as a refusal does. */
export const beginsAsRefusal = (text: string): boolean => OPENINGS.some((opening) => opening.test(text));

/** Whether an instruction has to do with refusing, so that what comes of it may look like a refusal. */
export const isAboutRefusals = (instruction: string): boolean => ABOUT_REFUSALS.test(instruction);
