"""RFC 8785 (JSON Canonicalization Scheme), and Merkle roots by RFC 6962, with Python's standard library alone."""
import hashlib
import json


class NotJson(ValueError):
    pass


def _no_twins(pairs):
    names = [k for k, _ in pairs]
    if len(set(names)) != len(names):
        raise NotJson('a member name occurs twice')
    return dict(pairs)


def parse(text):
    """I-JSON (RFC 7493) only: no member twice, no NaN, no lone surrogate."""
    def refuse(word):
        raise NotJson('%s is not JSON' % word)
    value = json.loads(text, object_pairs_hook=_no_twins, parse_constant=refuse)
    text.encode('utf-8')
    return value


_SHORT = {'\b': '\\b', '\t': '\\t', '\n': '\\n', '\f': '\\f', '\r': '\\r', '"': '\\"', '\\': '\\\\'}


def _string(s):
    return '"' + ''.join(_SHORT.get(c) or ('\\u%04x' % ord(c) if c < ' ' else c) for c in s) + '"'


def number(v):
    """ECMAScript's Number::toString of an IEEE double."""
    if isinstance(v, int) and abs(v) <= 2 ** 53:
        return str(v)
    v = float(v)
    if v == 0:
        return '0'
    sign, v = ('-', -v) if v < 0 else ('', v)
    mantissa, _, exponent = ('%r' % v).partition('e')
    whole, _, fraction = mantissa.partition('.')
    digits = (whole + fraction).lstrip('0')
    point = len(whole) + int(exponent or 0) if whole.strip('0') else \
        int(exponent or 0) - (len(fraction) - len(fraction.lstrip('0')))
    digits = digits.rstrip('0')
    k, n = len(digits), point
    if k <= n <= 21:
        return sign + digits + '0' * (n - k)
    if 0 < n <= 21:
        return sign + digits[:n] + '.' + digits[n:]
    if -6 < n <= 0:
        return sign + '0.' + '0' * -n + digits
    power = 'e%+d' % (n - 1)
    return sign + digits[0] + ('.' + digits[1:] if k > 1 else '') + power


def canonical(v):
    if v is None or v is True or v is False:
        return {None: 'null', True: 'true', False: 'false'}[v]
    if isinstance(v, str):
        return _string(v)
    if isinstance(v, (int, float)):
        return number(v)
    if isinstance(v, list):
        return '[' + ','.join(map(canonical, v)) + ']'
    names = sorted(v, key=lambda name: name.encode('utf-16-be'))
    return '{' + ','.join(_string(k) + ':' + canonical(v[k]) for k in names) + '}'


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf(data):
    return sha256(b'\0' + data)


def root(leaves):
    """RFC 6962, 2.1: leaves are their digests; n > 1 splits at the largest power of two below n."""
    if not leaves:
        return sha256(b'')
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b'\1' + root(leaves[:k]) + root(leaves[k:]))
