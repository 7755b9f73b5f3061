/** Why a template cannot lay a conversation out: the template's own words, such as "roles must alternate". */
export class ChatTemplateRefusal extends Error {
  override readonly name = 'ChatTemplateRefusal';
}
