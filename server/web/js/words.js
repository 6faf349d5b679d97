// How types, attributes and their values are called: loaded once per language, and learnt from every question asked.
import { api } from './api.js';
import { nameOf } from './format.js';

const plain = (slug) => slug.replace(/_/g, ' ').replace(/^./, (c) => c.toUpperCase());
const SLOT = 'rightfit-labels';

export function createWords(context, t) {
  const lang = context.lang;
  const types = new Map();
  const attributes = new Map();
  // Questions about conditions are only in answers, so they are kept for as long as the tab lives.
  const learnt = JSON.parse(sessionStorage.getItem(SLOT) || '{}');
  const learn = (key, label) => {
    if (!label || learnt[`${lang}:${key}`] === label) return;
    learnt[`${lang}:${key}`] = label;
    sessionStorage.setItem(SLOT, JSON.stringify(learnt));
  };

  return {
    types,
    groups: [], // of types, in the order of the shop window
    // Names are a nicety: without them the page shows ids made readable.
    async load() {
      const [typeAnswer, attributeAnswer] = await Promise.allSettled([api.types(context), api.attributes(context)]);
      for (const type of typeAnswer.value?.types || []) types.set(type.id, type);
      this.groups = typeAnswer.value?.groups || [];
      for (const attribute of attributeAnswer.value?.attributes || []) attributes.set(attribute.name, attribute);
    },
    typeName: (id) => (types.has(id) ? nameOf(lang, types.get(id)) : plain(id)),
    learnTypes: (list) => { for (const type of list) if (!types.has(type.id)) types.set(type.id, type); },
    learnQuestion(question) {
      if (question.attribute.startsWith('cond.')) learn(question.attribute, question.text);
      for (const option of question.options) learn(`${question.attribute}:${option.value}`, option.label);
    },
    learnOptions(options) {
      for (const option of options) for (const value of option.values) learn(`${option.attribute}:${value.value}`, value.label);
    },
    attributeName(name) {
      const attribute = attributes.get(name);
      if (attribute) return (lang === 'zh' && attribute.label_zh) || attribute.label || plain(name);
      if (t.has(`attr_${name}`)) return t(`attr_${name}`);
      if (name === 'any make') return t('any_make');
      if (name === 'any model') return t('any_model');
      if (name.startsWith('cond.')) return learnt[`${lang}:${name}`] || t('attr_condition');
      return plain(name);
    },
    // A number gets its unit ("1.4 L"), a listed value its label.
    valueName(name, value, label = '') {
      if (value === '?') return t('any_answer');
      if (name.startsWith('cond.')) return t(value === 'yes' ? 'yes' : 'no');
      if (name === 'position' && t.has(`position_${value}`)) return t(`position_${value}`);
      const attribute = attributes.get(name) || {};
      const listed = Array.isArray(attribute.values) ? attribute.values.find((one) => one.value === value) : null;
      const text = label || (listed && ((lang === 'zh' && listed.label_zh) || listed.label)) || learnt[`${lang}:${name}:${value}`] || value;
      return attribute.unit && /^[\d.]+$/.test(text) ? `${text} ${attribute.unit}` : text;
    },
  };
}
