"""A web server on loopback that does wrong what servers do wrong, as its path asks: /FAULT[,FAULT...]/NAME.

Faults count per path, so that a second request may be served where the first was not.
"""
import email.utils
import hashlib
import http.server
import random
import threading
import time


class Files(dict):
    """name -> bytes; a function of the number of requests so far may stand for a file that changes."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *unused):
        pass

    def answer(self, status, body=b'', **fields):
        self.send_response(status)
        for k, v in fields.items():
            self.send_header(k.replace('_', '-'), v)
        if 'Content_Length' not in fields and 'Transfer_Encoding' not in fields:
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        s = self.server
        with s.lock:
            n = s.count[self.path] = s.count.get(self.path, 0) + 1
            s.requests.append((self.path, dict(self.headers)))
        faults, name = self.path[1:].split('/', 1)
        faults = faults.split(',')
        name = name.split('?')[0]
        data = s.files.get(name)
        if callable(data):
            data = data(n)
        if data is None:
            return self.answer(404, b'no')
        for f in faults:
            if f == '403':
                return self.answer(403, b'no')
            if f == 'storm' and n % 3:
                return self.answer(503, b'busy', Retry_After='0')
            if f == 'storm-date' and n == 1:
                return self.answer(503, b'busy', Retry_After=email.utils.formatdate(time.time() + 1, usegmt=True))
            if f == 'many' and n <= 2:
                return self.answer(429, b'too many')
            if f == 'always-500':
                return self.answer(500, b'broken')
            if f == 'redirect':
                return self.answer(302, b'moved' * 100, Location='/plain/' + name)
            if f == 'elsewhere':
                return self.answer(302, b'', Location=s.elsewhere)
            if f == 'loop':
                return self.answer(302, b'', Location=self.path)
        self.body(faults, data, n)

    def body(self, faults, data, n):
        s = self.server
        fields = {} if 'no-version' in faults else {'ETag': '"%s"' % hashlib.sha1(data).hexdigest()[:16]}
        if 'date' in faults:
            fields = {'Last_Modified': email.utils.formatdate(1e9 + len(data), usegmt=True)}
        asked, held = self.headers.get('Range'), self.headers.get('If-Range')
        begin, end = 0, len(data)
        if asked and 'no-range' not in faults and (not held or held in fields.values()):
            a, b = asked.split('=')[1].split('-')
            begin, end = int(a), min(int(b) + 1, len(data)) if b else len(data)
            if begin >= len(data):
                return self.answer(416, b'', Content_Range='bytes */%d' % len(data), **fields)
            fields['Content_Range'] = 'bytes %d-%d/%d' % (begin + ('wrong-range' in faults and n > 1 or 'wrong-twice' in faults and 1 < n < 4), end - 1, len(data))
        status = 206 if 'Content_Range' in fields else 200
        if held and status == 206 and 'bare' in faults: # RFC 9110 15.3.7: the client has them
            fields = {'Content_Range': fields['Content_Range']}
        piece = data[begin:end]
        s.sent += len(piece)
        if 'chunked' in faults:
            self.answer(200, b'', Transfer_Encoding='chunked', **{k: v for k, v in fields.items() if k != 'Content_Range'})
            self.wfile.write(b''.join(b'%x\r\n%s\r\n' % (len(data[i:i + 9999]), data[i:i + 9999]) for i in range(0, len(data), 9999)) + b'0\r\n\r\n')
            return None
        if 'cut' in faults and len(piece) > 2000:
            keep = s.random.randrange(1000, len(piece))
            if 'no-range' in faults: # a little further each time
                keep = len(piece) * min(n, 4) // 4
            self.answer(status, piece[:keep], Content_Length=str(len(piece)), **fields)
            self.close_connection = True
            return None
        if 'reset' in faults and n == 1:
            self.connection.close()
            self.close_connection = True
            return None
        if 'trickle' in faults:
            self.answer(status, b'', Content_Length=str(len(piece)), **fields)
            for i in range(0, len(piece), 20000):
                self.wfile.write(piece[i:i + 20000])
                self.wfile.flush()
                time.sleep(0.005)
            return None
        return self.answer(status, piece, **fields)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, files):
        super().__init__(('127.0.0.1', 0), Handler)
        self.files, self.count, self.requests, self.sent, self.elsewhere = files, {}, [], 0, ''
        self.lock = threading.Lock()
        self.random = random.Random(7)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *unused):
        pass

    def url(self, faults, name):
        return 'http://127.0.0.1:%d/%s/%s' % (self.server_address[1], faults, name)
