// A question with its options and "don't know", wherever one is asked.
import { el } from './dom.js';
import { number } from './format.js';
import { icon } from './icons.js';

// answer(attribute, value) takes what was chosen; `counts` false leaves out how many products each option keeps.
export function questionBar(app, question, answer, { counts = true, testid = 'question' } = {}) {
  const { t, words, lang } = app;
  if (!question) return null;
  words.learnQuestion(question);
  const chosen = (value) => () => answer(question.attribute, value);
  const option = ({ value, label, count }) => el('button', { class: 'answer', onclick: chosen(value), testid: `${testid}-option`, 'data-value': value, 'data-focus': `answer-${value}` },
    words.valueName(question.attribute, value, label), counts && el('small', {}, t('question_count', { n: number(lang, count) })));
  return el('section', { class: 'question', testid, 'data-attribute': question.attribute, 'aria-label': t('question_title') },
    el('h2', {}, icon('question', 22), question.text),
    el('div', { class: 'answers' }, question.options.map(option),
      el('button', { class: 'answer quiet', onclick: chosen('?'), testid: `${testid}-unknown` }, t('dont_know'))));
}
