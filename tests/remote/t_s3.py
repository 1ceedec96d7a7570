"""s3://, against moto's server, which checks signatures when it is told to."""
import os
import pathlib
import socket
import subprocess
import time
import urllib.parse
import urllib.request

from harness import ROOT, Skip, need, same, test
from t_http import FAST, here, listing, serve

MOTO = ROOT / '.venv' / 'bin' / 'moto_server'
KEYS = ['a.warc.gz', 'crawl data/ü+b&c=d.warc.gz']


class Moto:
    """`free`: so many requests are not checked."""

    def __init__(self, data):
        if not MOTO.exists():
            raise Skip('moto is not installed (scripts/setup --oracles)')
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.endpoint = 'http://127.0.0.1:%d' % self.port
        self.process = subprocess.Popen([str(MOTO), '-H', '127.0.0.1', '-p', str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT='100000'))
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', self.port)) == 0:
                    break
            time.sleep(0.1)
        self.put('/corpus', b'')
        for key in KEYS:
            self.put('/corpus/' + urllib.request.quote(key), data)

    def request(self, method, path, data=None, **fields):
        r = urllib.request.Request(self.endpoint + path, data=data, method=method, headers=fields)
        with urllib.request.urlopen(r, timeout=20) as f:
            return f.read()

    def put(self, path, data):
        return self.request('PUT', path, data, **{'Content-Type': 'application/octet-stream', 'x-amz-acl': 'public-read'})

    def close(self):
        self.process.terminate()
        self.process.wait()


def with_moto(place, f):
    m = Moto(serve(place)[1])
    try:
        f(m)
    finally:
        m.close()


@test
def objects_of_s3(place):
    def check(m):
        env = dict(FAST, AWS_ENDPOINT_URL=m.endpoint, AWS_REGION='us-east-1')
        want = listing(place, here(place))
        for key in KEYS:
            r = place.sluice('ls', 's3://corpus/' + key, env=env)
            same([{k: v for k, v in x.items() if k != 'file'} for x in r.lines], want, key)
        d = place.folder('s3')
        place.sluice('fetch', '-o', d, 's3://corpus/' + KEYS[1], env=env)
        same((d / pathlib.Path(KEYS[1]).name).read_bytes(), serve(place)[1])
        r = place.sluice('ls', 's3://corpus/absent', env=env, status=3)
        need('404' in r.err, r.err)
        place.sluice('ls', 's3://corpus', env=env, status=2)
    with_moto(place, check)


@test
def a_session_token_is_sent_and_signed(place):
    server, data = serve(place)
    server.files['corpus/a b.warc.gz'] = data
    env = dict(FAST, AWS_ENDPOINT_URL=server.url('plain', '')[:-1], AWS_REGION='eu-west-3', AWS_ACCESS_KEY_ID='K', AWS_SECRET_ACCESS_KEY='S')
    server.files['corpus/a%20b.warc.gz'] = data
    same(len(place.sluice('ls', 's3://corpus/a b.warc.gz', env=dict(env, AWS_SESSION_TOKEN='T')).lines), 400)
    fields = [f for p, f in server.requests if p.endswith('corpus/a%20b.warc.gz')][-1]
    same(fields['x-amz-security-token'], 'T')
    need('x-amz-security-token' in fields['Authorization'] and '/eu-west-3/s3/aws4_request' in fields['Authorization'], fields)
    place.sluice('ls', 's3://corpus/a b.warc.gz', env=dict(env, AWS_NO_SIGN_REQUEST='1'))
    need('Authorization' not in [f for p, f in server.requests if p.endswith('corpus/a%20b.warc.gz')][-1])


@test
def what_is_signed_goes_to_one_host(place):
    server, data = serve(place)
    other = type(server)(type(server.files)({'a.warc.gz': data}))
    server.elsewhere = other.url('plain', 'a.warc.gz')
    server.files['corpus/moved.warc.gz'] = data
    env = dict(FAST, AWS_ENDPOINT_URL=server.url('elsewhere', '')[:-1], AWS_ACCESS_KEY_ID='K', AWS_SECRET_ACCESS_KEY='S', AWS_SESSION_TOKEN='T')
    need('302' in place.sluice('ls', 's3://corpus/moved.warc.gz', env=env, status=3).err)
    same(other.requests, [])


@test
def signed_requests(place):
    def check(m):
        # a user whose key the server knows, by the IAM part of the same server
        def iam(**q):
            data = urllib.parse.urlencode(dict(q, Version='2010-05-08')).encode()
            r = urllib.request.Request(m.endpoint + '/', data=data, headers={
                'Authorization': 'AWS4-HMAC-SHA256 Credential=x/20250101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x',
                'Content-Type': 'application/x-www-form-urlencoded'})
            with urllib.request.urlopen(r, timeout=20) as f:
                return f.read().decode()
        iam(Action='CreateUser', UserName='reader')
        key = iam(Action='CreateAccessKey', UserName='reader')
        cut = lambda tag: key.split('<%s>' % tag)[1].split('<')[0]
        iam(Action='PutUserPolicy', UserName='reader', PolicyName='p',
            PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}')
        m.request('POST', '/moto-api/reset-auth', b'0', **{'Content-Type': 'application/octet-stream'})  # from now on requests are checked
        env = dict(FAST, AWS_ENDPOINT_URL=m.endpoint, AWS_REGION='us-east-1', AWS_ACCESS_KEY_ID=cut('AccessKeyId'))
        want = listing(place, here(place))
        for name in KEYS:
            r = place.sluice('ls', 's3://corpus/' + name, env=dict(env, AWS_SECRET_ACCESS_KEY=cut('SecretAccessKey')))
            same([{k: v for k, v in x.items() if k != 'file'} for x in r.lines], want, name)
        r = place.sluice('ls', 's3://corpus/a.warc.gz', env=dict(env, AWS_SECRET_ACCESS_KEY='wrong'), status=3)
        need('403' in r.err and 'AWS_SECRET_ACCESS_KEY' in r.err and 'wrong' not in r.err, r.err)
    with_moto(place, check)
