"""`robots test`, `build` and `query`."""
import archives
from harness import need, same, test
from t_filters import lines

AGENTS = ('AI2Bot Applebot-Extended Bytespider CCBot CCBot/2.0 CCBot/1.0 ClaudeBot cohere-training-data-crawler Diffbot FacebookBot Meta-ExternalAgent '
          'Google-Extended GPTBot PanguBot *').split()


def ask(place, robots, url, *options, agents=('lampbot',), **more):
    q = {'robots': robots, 'url': url}
    if agents is not None:
        q['agents'] = list(agents)
    r = place.sluice('robots', 'test', *options, stdin=lines([q]), status=None, **more)
    need(r.status in (0, 1), r.err)
    same(set(r.lines[0]), {'allow', 'line', 'rule'})
    same(r.status, 0 if r.lines[0]['allow'] else 1)
    return r.lines[0]['allow'], r.lines[0]['line'], r.lines[0]['rule']


@test
def robots_test_by_rfc_9309(place):
    """The rules of sections 2.2.1 to 2.2.3, and the examples of 5.1 and 5.2."""
    example = ('User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\nUser-agent: foobot\nDisallow:/\nAllow:/example/page.html\n'
               'Allow:/example/allowed.gif\n\nUser-agent: barbot\nUser-agent: bazbot\nDisallow: /example/page.html\n\nUser-agent: quxbot\n')
    for agent, url, want in (('other', '/x.gif', (False, 2)), ('other', '/x.gif?y', (True, 0)), ('other', '/example/', (False, 3)), ('other', '/publications/a.gif', (True, 4)),
                             ('foobot', '/a', (False, 7)), ('foobot', '/example/page.html', (True, 8)), ('foobot', '/example/allowed.gif', (True, 9)),
                             ('bazbot', '/example/page.html', (False, 13)), ('barbot', '/example/x.gif', (True, 0)), ('quxbot', '/example/', (True, 0)),
                             ('FooBot', '/a', (False, 7))):
        same(ask(place, example, 'http://lamp.example' + url, agents=[agent])[:2], want, (agent, url))
    longest = 'User-agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n'
    same(ask(place, longest, 'http://l/example/page/disallowed.gif', agents=['foobot']), (False, 3, 'Disallow: /example/page/disallowed.gif'))
    for robots, url, want in (('User-agent: *\nDisallow: /a\nAllow: /a', '/ab', (True, 3)), ('User-agent: *\nDisallow: /a/*/c', '/a/b/c/d', (False, 2)),
                              ('User-agent: *\nDisallow: /%C3%A9', '/é', (False, 2)), ('User-agent: *\nDisallow: /é', '/%c3%a9', (False, 2)),
                              ('User-agent: *\nDisallow: /a%62', '/ab', (False, 2)), ('User-agent: *\nDisallow: /', '/robots.txt', (True, 0)),
                              ('User-agent: *\nDisallow:', '/a', (True, 0)), ('', '/a', (True, 0)), ('Disallow: /', '/a', (True, 0)),
                              ('\ufeffUser-agent: *\nDisallow: /', '/a', (False, 2)), ('user-AGENT:*\ndisALLOW :/ # all', '/a', (False, 2)),
                              ('User-agent: a\nUser-agent: *\nCrawl-delay: 1\nDisallow: /', '/a', (False, 4)), ('User-agent: *\n<html>\nDisallow: /x', '/x', (False, 3))):
        same(ask(place, robots, 'http://lamp.example' + url)[:2], want, (robots, url))


@test
def robots_test_counts_lines_and_names_the_rule(place):
    for end in ('\n', '\r', '\r\n'):
        robots = end.join(['# top', 'User-agent: *', '', 'Disallow: /x   # why', 'Allow: /x/y'])
        same(ask(place, robots, 'http://l/x'), (False, 4, 'Disallow: /x'), repr(end))
        same(ask(place, robots, 'http://l/x/y'), (True, 5, 'Allow: /x/y'), repr(end))
        same(ask(place, robots, 'http://l/'), (True, 0, ''), repr(end))
    same(ask(place, 'User-agent: *\rDisallow: /a\n\r\nDisallow: /b\r\n', 'http://l/b')[:2], (False, 4))


@test
def robots_test_of_several_agents_and_lines(place):
    """Refused if any is; status 1 if any answer of any line is no; apertus asks its own fifteen whatever `agents` says."""
    robots = 'User-agent: b\nDisallow: /\n\nUser-agent: *\nAllow: /\n'
    same(ask(place, robots, 'http://l/', agents=['a', 'b'])[:2], (False, 2))
    same(ask(place, robots, 'http://l/', agents=['a', 'c'])[0], True)
    q = [{'robots': robots, 'agents': [a], 'url': 'http://l/'} for a in 'abc']
    r = place.sluice('robots', 'test', stdin=lines(q), status=1)
    same([x['allow'] for x in r.lines], [True, False, True])
    same(place.sluice('robots', 'test', place.file('a', lines(q[:1])), place.file('b', lines(q[2:]))).out.count('\n'), 2)
    for agent in AGENTS:
        refusing = 'User-agent: %s\nDisallow: /\n' % agent
        for agents in (None, [], ['nobody']):
            same(ask(place, refusing, 'http://l/', '--policy', 'apertus', agents=agents)[:2], (False, 2), agent)
    same(ask(place, 'User-agent: lampbot\nDisallow: /', 'http://l/', '--policy', 'apertus')[0], True)
    # What the policies do not agree in: a version behind the name, two names on a line, a part of a name.
    for line, agent, rfc, union, apertus in (('GPTBot/1.1', 'GPTBot', False, False, True), ('GPTBot, CCBot', 'CCBot', True, False, True), ('Bot', 'CCBot', True, True, False),
                                             ('AI2Bot', 'AI2Bot', True, False, False)):
        for policy, want in (('rfc', rfc), ('union', union), ('apertus', apertus)):
            same(ask(place, 'User-agent: %s\nDisallow: /' % line, 'http://l/', '--policy', policy, agents=[agent])[0], want, (line, policy))


@test
def robots_test_refuses_what_it_cannot_read(place):
    good = lines([{'robots': '', 'agents': ['a'], 'url': '/'}])
    for bad in (b'SECRET', b'[]', b'{"robots":"SECRET","agents":["a"]}', b'{"robots":7,"agents":["a"],"url":"/"}', b'{"robots":"","agents":[7],"url":"/"}',
                b'{"robots":"","url":"/"}', b'{"robots":"\xff","agents":["a"],"url":"/"}'):
        r = place.sluice('robots', 'test', stdin=good + bad + b'\n' + good, status=3)
        need(len(r.lines) == 2 and '(standard input):%d: ' % len(good) in r.err and 'SECRET' not in r.err, bad, r.err)
    place.sluice('robots', 'test', '--policy', 'google', stdin=b'', status=2)
    place.sluice('robots', 'test', place.path / 'absent', status=3)
    for words in ([], ['fly'], ['build'], ['query'], ['query', 'http://l/']):
        place.sluice('robots', *words, status=2)
    for words in (['-h'], ['test', '--help'], ['build', '-h'], ['query', '--help']):
        need(place.sluice('robots', *words).out.startswith('usage: '))


def capture(host, text, status='200 OK', date='2025-03-04T05:06:07Z', fields=(), path='/robots.txt'):
    return archives.make('response', archives.http(text.encode(), ('Content-Type: text/plain', *fields), status), url='http://%s%s' % (host, path), date=date)


@test
def robots_build_and_query(place):
    records = [capture('rules.example', 'User-agent: GPTBot\nDisallow: /x\n'), capture('none.example', 'no', '404 Not Found'), capture('down.example', '', '503 No'),
               capture('later.example', 'User-agent: *\nDisallow: /', date='2024-01-01T00:00:00Z'), capture('later.example', '', date='2025-01-01T00:00:00Z'),
               capture('moved.example', '', '301 Moved', fields=['Location: http://rules.example/robots.txt']), archives.page(), capture('busy.example', '', '429 Slow')]
    first, second = place.file('a.warc.gz', archives.gz('', records[:4]).data), place.file('b.warc', archives.plain('', records[4:]).data)
    snapshot, other = place.new('snapshot'), place.new('snapshot')
    same(place.sluice('robots', 'build', '-o', snapshot, first, second).out, '')
    place.sluice('robots', 'build', '-o', other, second, first)
    same(snapshot.read_bytes(), other.read_bytes(), 'order of inputs')
    for url, status, verdict in (('http://rules.example/x', 1, 'refused'), ('http://rules.example/y', 0, 'allowed'), ('http://RULES.example:80/x', 1, 'refused'),
                                 ('http://none.example/x', 0, 'allowed'), ('http://down.example/', 1, 'refused'), ('http://busy.example/', 1, 'refused'),
                                 ('http://later.example/', 0, 'allowed'), ('http://moved.example/x', 1, 'refused'), ('http://lamp.example/', 1, 'unknown'),
                                 ('https://rules.example/y', 1, 'unknown'), ('http://rules.example:8080/y', 1, 'unknown')):
        x = place.sluice('robots', 'query', '--robots', snapshot, url, status=status).lines[0]
        same((x['url'], x['verdict']), (url, verdict))
    same(place.sluice('robots', 'query', '--robots', snapshot, '--agent', 'OtherBot', 'http://rules.example/x').lines[0]['verdict'], 'allowed')
    same(len(place.sluice('robots', 'query', '--robots', snapshot, 'http://rules.example/y', 'http://rules.example/x', status=1).lines), 2)
    place.sluice('robots', 'query', '--robots', snapshot, 'rules.example', status=2)
    place.sluice('robots', 'query', '--robots', place.path / 'absent', 'http://rules.example/', status=6)
    place.sluice('robots', 'query', '--robots', first, 'http://rules.example/', status=3)
    broken = bytearray(snapshot.read_bytes())
    broken[len(broken) // 2] ^= 1
    r = place.sluice('robots', 'query', '--robots', place.file('broken', bytes(broken)), 'http://rules.example/y', 'http://none.example/', 'http://moved.example/',
                     status=None)
    need(r.status == 3 or [x['verdict'] for x in r.lines] == ['allowed', 'allowed', 'allowed'], r.status, r.out)
    place.sluice('robots', 'build', '-o', place.new('s'), place.path / 'absent', status=3)
    place.sluice('robots', 'build', '-o', place.path / 'no' / 'folder', first, status=4)
