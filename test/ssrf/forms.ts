/** URLs that are never called, whatever their host leads to; `PORT` stands for the port of the listener inside. */
export const FORMS: Readonly<Record<string, readonly string[]>> = {
  scheme: [
    'ftp://93.184.216.34/', 'file:///etc/passwd', 'file://localhost/etc/passwd', 'gopher://93.184.216.34:PORT/_x', 'dict://93.184.216.34:PORT/',
    'ldap://93.184.216.34/', 'javascript:alert(1)', ' java\nscript:alert(1)', 'data:text/plain,x', 'ws://93.184.216.34/', 'wss://93.184.216.34/',
    'blob:http://93.184.216.34/x', 'unix:/var/run/docker.sock', 'http+unix://%2Fvar%2Frun%2Fdocker.sock/x', 'jar:http://93.184.216.34!/x', 'view-source:http://93.184.216.34/',
    'netdoc:///etc/passwd', 'tftp://93.184.216.34/x', 'sftp://93.184.216.34/', 'about:blank', 'mailto:a@93.184.216.34', 'httpx://93.184.216.34/', 'httpsx://93.184.216.34:8080/',
  ],
  userinfo: [
    'http://user@93.184.216.34/', 'http://user:pass@93.184.216.34/', 'http://:pass@93.184.216.34/', 'http://93.184.216.34@127.0.0.1:PORT/',
    'http://93.184.216.34:80@127.0.0.1:PORT/', 'http://93.184.216.34%20@127.0.0.1:PORT/', 'http://a@b@127.0.0.1:PORT/', 'http://93.184.216.34:pass@[::1]:PORT/',
    'https://user%3Apass@93.184.216.34/', 'http://%00@93.184.216.34/',
  ],
  port: [
    'http://93.184.216.34:25/', 'http://93.184.216.34:22/', 'http://93.184.216.34:53/', 'http://93.184.216.34:6667/', 'https://93.184.216.34:465/', 'https://93.184.216.34:993/',
    'http://93.184.216.34:0/', 'http://93.184.216.34:2049/', 'http://93.184.216.34:6000/', 'http://hooks.public.test:25/', 'http://93.184.216.34:65536/', 'http://93.184.216.34:025/', 'http://93.184.216.34:-1/',
  ],
  'parser tricks': [
    'http:\\\\127.0.0.1:PORT\\', 'http:/127.0.0.1:PORT/', 'http:127.0.0.1:PORT/', 'http:///127.0.0.1:PORT/', 'http:////127.0.0.1:PORT/', '\\\\127.0.0.1:PORT', '//127.0.0.1:PORT/',
    'http://127.0.0.1:PORT\\@93.184.216.34/', 'http://127.0.0.1:PORT#@93.184.216.34/', 'http://127.0.0.1:PORT?@93.184.216.34/',
    'http://127.0.0.1\t:PORT/', ' http://127.0.0.1:PORT/', 'http://127.0.0.1:PORT/\u0000', 'HTTP://127.0.0.1:PORT/', 'hTTpS://127.0.0.1:PORT/', 'ht\ntp://127.0.0.1:PORT/',
    'http://127.0.0.1:0000PORT/', 'http://[::1%25lo]:PORT/', 'http://[::1%lo]:PORT/', 'http://[fe80::1%25eth0]:PORT/', 'http://[::ffff:127.0.0.1%25lo]:PORT/', 'https://[::1', 'http://[::1]]:PORT/',
    'http://[127.0.0.1]:PORT/', 'http://[localhost]:PORT/', 'http://[v1.127.0.0.1]:PORT/', 'http://256.1.1.1/', 'http://1.2.3.4.5/', 'http://0x100000000/', 'http://127.0.0.1.PORT/',
    'http://127.0.0.1%00.public.test:PORT/', 'http://127.0.0.1%0d%0a.public.test/', 'http://', 'http://./', 'http://../', 'http:///', 'http://?', 'public.test',
    'https://93.184.216.34 127.0.0.1/', 'http://xn--/', 'http://exa%mple.test/', 'http://a<b.test/', 'http://a^b.test/', 'http://a|b.test/',
  ],
};
