// A question with its options and "don't know", wherever one is asked.
import { el, replace } from './dom.js';
import { number } from './format.js';
import { icon } from './icons.js';

const OPTIONS_FIRST = 12; // until all are asked for

// The answer to a question about the car becomes part of what is known of it, with what else changes by that.
export const knownOfCar = ({ store }, also = {}) => (attribute, value) => store.set({ attrs: { ...store.get().attrs, [attribute]: [value] }, ...also });

// answer(attribute, value) takes what was chosen; `counts` false leaves out how many products each option keeps.
export function questionBar(app, question, answer, { counts = true, testid = 'question' } = {}) {
  const { t, words, lang } = app;
  if (!question) return null;
  words.learnQuestion(question);
  const chosen = (value) => () => answer(question.attribute, value);
  const told = counts && question.options.some((one) => one.count > 0); // where all are 0, the counts tell options apart in nothing
  const option = ({ value, label, count }) => el('button', { class: told && count === 0 ? 'answer empty' : 'answer', onclick: chosen(value), testid: `${testid}-option`, 'data-value': value, 'data-focus': `answer-${value}` },
    words.valueName(question.attribute, value, label), told && el('small', {}, t('question_count', { n: number(lang, count) })));
  const answers = el('div', { class: 'answers' });
  const draw = (all) => replace(answers, question.options.slice(0, all ? question.options.length : OPTIONS_FIRST).map(option),
    !all && question.options.length > OPTIONS_FIRST && el('button', { class: 'answer quiet', onclick: () => draw(true), 'data-focus': 'answers-all' }, t('show_all', { n: question.options.length })),
    el('button', { class: 'answer quiet', onclick: chosen('?'), testid: `${testid}-unknown` }, t('dont_know')));
  draw(false);
  return el('section', { class: 'question', testid, 'data-attribute': question.attribute, 'aria-label': t('question_title') },
    el('h2', {}, icon('question', 22), question.text), answers);
}
