"""`sluice filter`, sentence by sentence.  What the rules measure is for the unit tests and the oracle."""
import json

from harness import ROOT, Skip, need, same, test
from t_filters import doc, lines

CONFIGS = ROOT.parent / 'shared' / 'data' / 'fineweb2-configs'
GOPHER = ['gopher_short_doc', 'gopher_long_doc', 'gopher_below_avg_threshold', 'gopher_above_avg_threshold', 'gopher_too_many_hashes',
          'gopher_too_many_ellipsis', 'gopher_too_many_bullets', 'gopher_too_many_end_ellipsis', 'gopher_below_alpha_threshold',
          'gopher_enough_stop_words']
REPETITION = ['dup_para_frac', 'dup_para_char_frac', 'dup_line_frac', 'dup_line_char_frac', 'top_2_gram', 'top_3_gram', 'top_4_gram'] + [
    'duplicated_%d_n_grams' % n for n in range(5, 11)]
FINEWEB = ['line_punct_ratio', 'short_line_ratio', 'char_dup_ratio', 'list_ratio']


def page(n=9, end='.', more=''):
    """Lines of eight words of their own; the first has two English and two German stop words."""
    text = ''
    for i in range(n):
        text += ' '.join('w' + ''.join(chr(97 + int(c)) for c in '%04d' % (8 * i + k)) for k in range(8)) + end + '\n'
    return 'The word of the der und ' + text + more


def run(place, docs, *options, status=0):
    return place.sluice('filter', *options, stdin=lines(docs), status=status).lines


@test
def filter_keeps_what_passes_and_shows_the_rest_with_all(place):
    docs = [doc(1, page(), n=1), doc(2, 'too short'), doc(3, ''), doc(4, page(more='{ x y z }\n')), doc(5, page(), n=2)]
    same([d['id'] for d in run(place, docs)], ['d1', 'd5'])
    every = run(place, docs, '--all')
    same([d['id'] for d in every], ['d1', 'd2', 'd3', 'd4', 'd5'])
    same([d.get('drop') for d in every], [None, {'stage': 'quality', 'rule': 'top_2_gram', 'value': 1, 'threshold': 0.2},
                                          {'stage': 'quality', 'rule': 'empty'}, {'stage': 'quality', 'rule': 'curly_bracket'}, None])
    same([d['metadata'].get('n') for d in every], [1, None, None, None, 2])
    same(every[2]['metadata']['rules'], {})
    need(all('rules' not in d['metadata'] and 'drop' not in d for d in run(place, docs)))


@test
def filter_runs_each_recipe_in_its_order(place):
    """metadata.rules has the rules in the order in which they ran, up to the one that dropped the page."""
    docs = [doc(1, page(), language='deu_Latn', language_score=0.9)]
    for profile in ('fineweb-2024-04', 'fineweb'):
        d = run(place, docs, '--all', '--profile', profile)[0]
        same(list(d['metadata']['rules']), REPETITION + GOPHER + ['too_few_sentences'] + FINEWEB, profile)
    same(run(place, docs, '--all'), run(place, docs, '--all', '--profile', 'fineweb', '--words', 'uax29'))
    d = run(place, docs, '--all', '--profile', 'fineweb2')[0]
    off = {'dup_para_frac', 'dup_para_char_frac', 'dup_line_char_frac', 'gopher_below_avg_threshold'}  # 0 for German, or for all
    same(list(d['metadata']['rules']), ['language_score'] + [r for r in REPETITION + FINEWEB + GOPHER if r not in off])
    d = run(place, [doc(1, page(2))], '--all')[0]
    same((list(d['metadata']['rules'])[-1], d['drop']['rule'], d['drop']['value']), ('gopher_short_doc',) * 2 + (22,))


@test
def filter_gives_the_text_that_c4_leaves(place):
    text = page(more='Two words\nA fact[1] of note.\nWe use cookies here.\n\n')
    left = page(more='A fact of note.')
    for profile in ('fineweb-2024-04', 'fineweb'):
        same(run(place, [doc(1, text)], '--profile', profile)[0]['text'], left)
    same(run(place, [doc(1, text, language='deu_Latn', language_score=1)], '--profile', 'fineweb2')[0]['text'], text)


@test
def filter_counts_words_as_told(place):
    docs = [doc(1, page(6, end=' . . .'))]
    white = run(place, docs, '--all', '--words', 'whitespace')[0]['metadata']['rules']
    same(white['gopher_short_doc'], 54)
    # Behind eight words there are three stops, which are words of both kinds and alphabetic in none.
    need(run(place, [doc(1, page(7, end=',' * 3))], '--all', '--words', 'whitespace')[0]['metadata']['rules']['gopher_below_alpha_threshold'] == 1)
    uax29 = run(place, [doc(1, page(7, end=',' * 3))], '--all')[0]
    same(uax29['drop']['rule'], 'gopher_below_alpha_threshold')
    same(uax29['drop']['value'], 62 / 83)


@test
def filter_goes_by_language(place):
    def rules(**metadata):
        d = run(place, [doc(1, page(), **metadata)], '--all', '--profile', 'fineweb2')[0]
        return d.get('drop', {}).get('rule', 'kept'), d['metadata']['rules'].get('language_score')
    same(rules(language='deu_Latn', language_score=0.821), ('kept', 0.821))
    same(rules(language='deu_Latn', language_score=0.8205), ('language_score', 0.8205))
    same(rules(language='de', language_score=1.00001), ('kept', 1.00001))
    same(rules(language='eng_Latn', language_score=0.65), ('kept', 0.65))
    same(rules(language='en', language_score=0.64), ('language_score', 0.64))
    same(rules(language='ru', language_score=1), ('language_unsupported', None))
    same(rules(language='xyz_Latn', language_score=1), ('language_unsupported', None))
    same(rules(), ('language_unsupported', None))
    same(rules(language='deu_Latn'), ('language_score', None))


@test
def filter_reads_fineweb2_files_as_they_are(place):
    if not CONFIGS.exists():
        raise Skip('no ../shared/data/fineweb2-configs, which is not part of the project')
    docs = [doc(i, page(), language=language, language_score=s) for i, (language, s) in enumerate(
        [('deu_Latn', 1), ('deu_Latn', 0.5), ('fra_Latn', 1), ('jpn_Jpan', 1), ('xyz_Latn', 1), ('../deu_Latn', 1), ('de', 1), ('sr', 1)])]
    options = ['--all', '--profile', 'fineweb2']
    same(run(place, docs, *options, '--languages', CONFIGS), run(place, docs, *options))
    english = [doc(1, page(), language='eng_Latn', language_score=1)]
    same(run(place, english, *options, '--languages', CONFIGS)[0]['drop']['rule'], 'language_unsupported')
    folder = place.folder('languages')
    text = (CONFIGS / 'deu_Latn.yml').read_text().replace('language_score: 0.821', 'language_score: 0.1')
    (folder / 'deu_Latn.yml').write_text(text)
    (folder / 'fra_Latn.yml').write_text('language_score: [')
    same([d['id'] for d in run(place, docs[:2], '--profile', 'fineweb2', '--languages', folder)], ['d0', 'd1'])
    r = place.sluice('filter', *options, '--languages', folder, stdin=lines(docs[:3]), status=2)
    same([d['id'] for d in r.lines], ['d0', 'd1'])
    need('fra_Latn.yml:' in r.err and r.err.count('\n') == 1, r.err)


@test
def filter_takes_its_recipe_from_a_configuration(place):
    docs = [doc(1, page(), language='de', language_score=0.7), doc(2, page(), language='xx', language_score=0.7)]
    same([d['id'] for d in run(place, docs, '-c', 'strict')], ['d1'])  # whose gate is language.min_score
    config = place.file('c.yml', 'quality:\n  profile: fineweb2\n  words: whitespace\n')
    d = run(place, docs, '-c', config, '--all')[0]
    same((d['drop']['rule'], d['drop']['threshold']), ('language_score', 0.821))
    same(run(place, docs, '-c', config, '--profile', 'fineweb', '--words', 'uax29', '--all'), run(place, docs, '--all'))


@test
def filter_refuses_what_it_cannot_use(place):
    one = [doc(1, page())]
    for options in (['--profile', 'fineweb3'], ['--words', 'spacy'], ['-c', place.path / 'absent.yml'],
                    ['--languages', '/'], ['--profile', 'fineweb2', '--languages', place.path / 'absent'],
                    ['-c', place.file('bad.yml', 'quality:\n  profil: fineweb\n')]):
        r = place.sluice('filter', *options, stdin=lines(one), status=2)
        need(r.out == '' and r.err.count('\n') == 1, options, r.err)
    config = place.file('c.yml', 'quality:\n  profile: fineweb2\n  table: absent.tsv\n')
    place.sluice('filter', '-c', config, stdin=lines(one), status=4)


@test
def filter_takes_back_what_another_run_of_it_said(place):
    """Old rules and an old drop give way to the new ones."""
    first = place.sluice('filter', '--all', stdin=lines([doc(1, page().rstrip()), doc(2, 'a')])).out
    again = place.sluice('filter', '--all', stdin=first.encode()).out
    same([json.loads(x) for x in again.splitlines()], [json.loads(x) for x in first.splitlines()])
