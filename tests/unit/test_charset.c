/*
 * test_charset.c - what a browser decides and decodes: (HTTP label, bytes) -> encoding, signal, text.
 *
 * The expected values come from independent implementations of the WHATWG standards: @exodus/bytes 1 for the decoders,
 * html-encoding-sniffer 6 for the decision (both npm; by hand where that one is behind the standard: a bad charset
 * attribute, a tag that runs out of bytes, XML declarations); the digests cover every pair of bytes of every encoding.
 */
#include "core/hash.h"
#include "pipeline/ingest/charset.h"
#include "tests/unit/test.h"

#define BAD "\xEF\xBF\xBD"
#define B10 "          "
#define B100 B10 B10 B10 B10 B10 B10 B10 B10 B10 B10
#define B1000 B100 B100 B100 B100 B100 B100 B100 B100 B100 B100
#define BLANKS_1003 B1000 "   "
#define BLANKS_1004 B1000 "    "
#define BLANKS_1100 B1000 B100
#define BYTES(s) { s, sizeof(s) - 1 }

static const struct {
    const char *http;
    struct span in;
    const char *encoding, *signal;
    struct span text;
} cases[] = {
    { "windows-1252", BYTES("\x80\x81\x85\x8d\x8f\x90\x9d\x9f\xa0\xe9\xff"), "windows-1252", "http",
      BYTES("\xe2\x82\xac\xc2\x81\xe2\x80\xa6\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d\xc5\xb8\xc2\xa0\xc3\xa9\xc3\xbf") },
    { "latin1", BYTES("\x80\x99\xe9"), "windows-1252", "http", BYTES("\xe2\x82\xac\xe2\x84\xa2\xc3\xa9") },
    { "iso-8859-1", BYTES("\x84\x93\xa4"), "windows-1252", "http", BYTES("\xe2\x80\x9e\xe2\x80\x9c\xc2\xa4") },
    { "ascii", BYTES("\xc3\xa9"), "windows-1252", "http", BYTES("\xc3\x83\xc2\xa9") },
    { "us-ascii", BYTES("\x96"), "windows-1252", "http", BYTES("\xe2\x80\x93") },
    { "windows-1250", BYTES("\x8a\x8d\xa5\xb9"), "windows-1250", "http", BYTES("\xc5\xa0\xc5\xa4\xc4\x84\xc4\x85") },
    { "windows-1251", BYTES("\x88\x98\x8e\x9e\xcf\xf0"), "windows-1251", "http",
      BYTES("\xe2\x82\xac\xc2\x98\xd0\x8b\xd1\x9b\xd0\x9f\xd1\x80") },
    { "windows-1253", BYTES("\xa2\xaa\xd2\xff"), "windows-1253", "http", BYTES("\xce\x86" BAD BAD BAD) },
    { "windows-1254", BYTES("\xd0\xfd\xde"), "windows-1254", "http", BYTES("\xc4\x9e\xc4\xb1\xc5\x9e") },
    { "iso-8859-9", BYTES("\x80\xfd"), "windows-1254", "http", BYTES("\xe2\x82\xac\xc4\xb1") },
    { "windows-1255", BYTES("\xca\xdb\xe0\xf8\xfe"), "windows-1255", "http", BYTES("\xd6\xba" BAD "\xd7\x90\xd7\xa8\xe2\x80\x8f") },
    { "windows-1256", BYTES("\x81\x90\xc7\xe4\xff"), "windows-1256", "http", BYTES("\xd9\xbe\xda\xaf\xd8\xa7\xd9\x86\xdb\x92") },
    { "windows-1257", BYTES("\xa1\xa5\xe0"), "windows-1257", "http", BYTES(BAD BAD "\xc4\x85") },
    { "windows-1258", BYTES("\xcc\xd2\xec\xf2\xfe"), "windows-1258", "http", BYTES("\xcc\x80\xcc\x89\xcc\x81\xcc\xa3\xe2\x82\xab") },
    { "windows-874", BYTES("\x80\xa1\xdb\xdf\xfc\xff"), "windows-874", "http",
      BYTES("\xe2\x82\xac\xe0\xb8\x81" BAD "\xe0\xb8\xbf" BAD BAD) },
    { "tis-620", BYTES("\xa1\x80"), "windows-874", "http", BYTES("\xe0\xb8\x81\xe2\x82\xac") },
    { "iso-8859-11", BYTES("\x85\xa1"), "windows-874", "http", BYTES("\xe2\x80\xa6\xe0\xb8\x81") },
    { "iso-8859-2", BYTES("\x80\xb1\xe6"), "ISO-8859-2", "http", BYTES("\xc2\x80\xc4\x85\xc4\x87") },
    { "iso-8859-3", BYTES("\xa5\xa6\xbf"), "ISO-8859-3", "http", BYTES(BAD "\xc4\xa4\xc5\xbc") },
    { "iso-8859-4", BYTES("\xa2\xe8"), "ISO-8859-4", "http", BYTES("\xc4\xb8\xc4\x8d") },
    { "iso-8859-5", BYTES("\x80\xd0\xfd"), "ISO-8859-5", "http", BYTES("\xc2\x80\xd0\xb0\xc2\xa7") },
    { "iso-8859-6", BYTES("\xa1\xc7\xe4\xff"), "ISO-8859-6", "http", BYTES(BAD "\xd8\xa7\xd9\x84" BAD) },
    { "iso-8859-7", BYTES("\xa4\xaa\xd2\xff\xd3"), "ISO-8859-7", "http", BYTES("\xe2\x82\xac\xcd\xba" BAD BAD "\xce\xa3") },
    { "iso-8859-8", BYTES("\xa1\xe0\xf9\xfb\xfd"), "ISO-8859-8", "http", BYTES(BAD "\xd7\x90\xd7\xa9" BAD "\xe2\x80\x8e") },
    { "iso-8859-8-i", BYTES("\xe0\xfe"), "ISO-8859-8-I", "http", BYTES("\xd7\x90\xe2\x80\x8f") },
    { "logical", BYTES("\xf9\xea"), "ISO-8859-8-I", "http", BYTES("\xd7\xa9\xd7\x9a") },
    { "visual", BYTES("\xf9\xea"), "ISO-8859-8", "http", BYTES("\xd7\xa9\xd7\x9a") },
    { "iso-8859-10", BYTES("\xa1\xbd\xff"), "ISO-8859-10", "http", BYTES("\xc4\x84\xe2\x80\x95\xc4\xb8") },
    { "iso-8859-13", BYTES("\xa1\xb4\xff"), "ISO-8859-13", "http", BYTES("\xe2\x80\x9d\xe2\x80\x9c\xe2\x80\x99") },
    { "iso-8859-14", BYTES("\xa1\xd0\xf0"), "ISO-8859-14", "http", BYTES("\xe1\xb8\x82\xc5\xb4\xc5\xb5") },
    { "iso-8859-15", BYTES("\xa4\xbc\xbd\xbe"), "ISO-8859-15", "http", BYTES("\xe2\x82\xac\xc5\x92\xc5\x93\xc5\xb8") },
    { "iso-8859-16", BYTES("\x80\xa1\xa4\xde"), "ISO-8859-16", "http", BYTES("\xc2\x80\xc4\x84\xe2\x82\xac\xc8\x9a") },
    { "koi8-r", BYTES("\x80\xc1\xa3\xb3"), "KOI8-R", "http", BYTES("\xe2\x94\x80\xd0\xb0\xd1\x91\xd0\x81") },
    { "koi8-u", BYTES("\xa4\xae\xb4\xbe"), "KOI8-U", "http", BYTES("\xd1\x94\xd1\x9e\xd0\x84\xd0\x8e") },
    { "koi8-ru", BYTES("\xbd\xae"), "KOI8-U", "http", BYTES("\xd2\x90\xd1\x9e") },
    { "ibm866", BYTES("\x80\xa0\xf0\xff\x1a\x1c\x7f"), "IBM866", "http", BYTES("\xd0\x90\xd0\xb0\xd0\x81\xc2\xa0\x1a\x1c\x7f") },
    { "cp866", BYTES("\x8f\xef\xff"), "IBM866", "http", BYTES("\xd0\x9f\xd1\x8f\xc2\xa0") },
    { "macintosh", BYTES("\x80\xa5\xdb\xf0\xff"), "macintosh", "http", BYTES("\xc3\x84\xe2\x80\xa2\xe2\x82\xac\xef\xa3\xbf\xcb\x87") },
    { "x-mac-roman", BYTES("\xca\xf0"), "macintosh", "http", BYTES("\xc2\xa0\xef\xa3\xbf") },
    { "x-mac-cyrillic", BYTES("\x80\xa2\xff\xb6"), "x-mac-cyrillic", "http", BYTES("\xd0\x90\xd2\x90\xe2\x82\xac\xd2\x91") },
    { "x-mac-ukrainian", BYTES("\xff"), "x-mac-cyrillic", "http", BYTES("\xe2\x82\xac") },
    { "x-user-defined", BYTES("A\x80\xff"), "x-user-defined", "http", BYTES("A\xef\x9e\x80\xef\x9f\xbf") },
    { "shift_jis", BYTES("\x82\xa0\x81`\x81\x91"), "Shift_JIS", "http", BYTES("\xe3\x81\x82\xef\xbd\x9e\xef\xbf\xa0") },
    { "sjis", BYTES("\x80\xa0\xfd\xfe\xff"), "Shift_JIS", "http", BYTES("\xc2\x80" BAD BAD BAD BAD) },
    { "windows-31j", BYTES("\x87@\xfa@\xed@\xee\xfa"), "Shift_JIS", "http", BYTES("\xe2\x91\xa0\xe2\x85\xb0\xe7\xba\x8a\xef\xbf\xa4") },
    { "shift_jis", BYTES("\x81<\x81" "A"), "Shift_JIS", "http", BYTES(BAD "<\xe3\x80\x81") },
    { "shift_jis", BYTES("\xf0@\xf9\xfc"), "Shift_JIS", "http", BYTES("\xee\x80\x80\xee\x9d\x97") },
    { "shift_jis", BYTES("\\~"), "Shift_JIS", "http", BYTES("\\~") },
    { "shift_jis", BYTES("\xb1\xb2\xdf"), "Shift_JIS", "http", BYTES("\xef\xbd\xb1\xef\xbd\xb2\xef\xbe\x9f") },
    { "shift_jis", BYTES("\x81"), "Shift_JIS", "http", BYTES(BAD) },
    { "shift_jis", BYTES("\x85@\x81\x80"), "Shift_JIS", "http", BYTES(BAD "@\xc3\xb7") },
    { "ms_kanji", BYTES("\x9f\xfc\xfcK\xfcL"), "Shift_JIS", "http", BYTES("\xe6\xbb\x8c\xe9\xbb\x91" BAD "L") },
    { "euc-jp", BYTES("\xa4\xa2\xa1\xc1\xa1\xdd"), "EUC-JP", "http", BYTES("\xe3\x81\x82\xef\xbd\x9e\xef\xbc\x8d") },
    { "euc-jp", BYTES("\x8e\xb1\xa4\xa2"), "EUC-JP", "http", BYTES("\xef\xbd\xb1\xe3\x81\x82") },
    { "euc-jp", BYTES("\x8f\xb0\xa1\xa4\xa2"), "EUC-JP", "http", BYTES("\xe4\xb8\x82\xe3\x81\x82") },
    { "euc-jp", BYTES("\x8f\xf3\xa1\x8f\xa2\xaf"), "EUC-JP", "http", BYTES(BAD "\xcb\x98") },
    { "euc-jp", BYTES("\x80\xa4\xa2"), "EUC-JP", "http", BYTES(BAD "\xe3\x81\x82") },
    { "euc-jp", BYTES("\xa4" "A\xa4\xa2"), "EUC-JP", "http", BYTES(BAD "A\xe3\x81\x82") },
    { "euc-jp", BYTES("\x8f\xa1" "A"), "EUC-JP", "http", BYTES(BAD "A") },
    { "euc-jp", BYTES("\x8e" "A"), "EUC-JP", "http", BYTES(BAD "A") },
    { "euc-jp", BYTES("\x8e\xe0"), "EUC-JP", "http", BYTES(BAD) },
    { "euc-jp", BYTES("\xad\xb5\xf9\xa1\xf4\xa1"), "EUC-JP", "http", BYTES("\xe2\x85\xa0\xe7\xba\x8a\xe5\xa0\xaf") },
    { "x-euc-jp", BYTES("\x8f"), "EUC-JP", "http", BYTES(BAD) },
    { "iso-2022-jp", BYTES("\x1b$B$\"$K\x1b(BA"), "ISO-2022-JP", "http", BYTES("\xe3\x81\x82\xe3\x81\xab" "A") },
    { "iso-2022-jp", BYTES("\x1b(J\\~\x1b(BA"), "ISO-2022-JP", "http", BYTES("\xc2\xa5\xe2\x80\xbe" "A") },
    { "iso-2022-jp", BYTES("\x1b(I12\x1b(B"), "ISO-2022-JP", "http", BYTES("\xef\xbd\xb1\xef\xbd\xb2") },
    { "iso-2022-jp", BYTES("\x1b(B\x1b(BA"), "ISO-2022-JP", "http", BYTES(BAD "A") },
    { "iso-2022-jp", BYTES("\x1b$B$\"\xff" "A"), "ISO-2022-JP", "http", BYTES("\xe3\x81\x82" BAD BAD) },
    { "iso-2022-jp", BYTES("\x1b$B$\x1b(BA"), "ISO-2022-JP", "http", BYTES(BAD "A") },
    { "iso-2022-jp", BYTES("A\x0e" "B\x0f"), "ISO-2022-JP", "http", BYTES("A" BAD "B" BAD) },
    { "iso-2022-jp", BYTES("\x1b$(D\"\""), "ISO-2022-JP", "http", BYTES(BAD "$(D\"\"") },
    { "iso-2022-jp", BYTES("\x1b$"), "ISO-2022-JP", "http", BYTES(BAD "$") },
    { "csiso2022jp", BYTES("\x1b$@0!\x1b(B"), "ISO-2022-JP", "http", BYTES("\xe4\xba\x9c") },
    { "iso-2022-jp", BYTES("\xe3\x81\x82" "A"), "ISO-2022-JP", "http", BYTES(BAD BAD BAD "A") },
    { "euc-kr", BYTES("\xb0\xa1\xc7\xcf"), "EUC-KR", "http", BYTES("\xea\xb0\x80\xed\x95\x98") },
    { "ks_c_5601-1987", BYTES("\x81" "A\xc6R"), "EUC-KR", "http", BYTES("\xea\xb0\x82\xed\x9e\xa3") },
    { "windows-949", BYTES("\xc9\xa1\xfe\xa1"), "EUC-KR", "http", BYTES(BAD BAD) },
    { "euc-kr", BYTES("\x80\xb0\xa1"), "EUC-KR", "http", BYTES(BAD "\xea\xb0\x80") },
    { "euc-kr", BYTES("\xb0" "A\xb0\xa1"), "EUC-KR", "http", BYTES("\xec\xba\x9a\xea\xb0\x80") },
    { "korean", BYTES("\x81[A"), "EUC-KR", "http", BYTES(BAD "[A") },
    { "euc-kr", BYTES("\xa1\xaa\xa1\xad\xa2\xa6"), "EUC-KR", "http", BYTES("\xe2\x80\x95\xe2\x88\xbc\xef\xbd\x9e") },
    { "euc-kr", BYTES("\xb0"), "EUC-KR", "http", BYTES(BAD) },
    { "big5", BYTES("\xa4@\xa4k"), "Big5", "http", BYTES("\xe4\xb8\x80\xe5\xa5\xb3") },
    { "big5-hkscs", BYTES("\x88" "b\x88" "d\x88\xa3\x88\xa5"), "Big5", "http",
      BYTES("\xc3\x8a\xcc\x84\xc3\x8a\xcc\x8c\xc3\xaa\xcc\x84\xc3\xaa\xcc\x8c") },
    { "big5", BYTES("\x81@\xa4@"), "Big5", "http", BYTES(BAD "@\xe4\xb8\x80") },
    { "big5", BYTES("\x87@\x87" "A"), "Big5", "http", BYTES("\xe4\x8f\xb0\xe4\xb0\xb2") },
    { "big5", BYTES("\xa1" "E\xa1N\xa3\xe1"), "Big5", "http", BYTES("\xe2\x80\xa7\xef\xb9\x91\xe2\x82\xac") },
    { "big5", BYTES("\xfa@\xfa_\xfb\xb8"), "Big5", "http", BYTES("\xf0\xa0\x95\x87\xe5\x80\xa9\xe5\xa9\xb7") },
    { "big5", BYTES("\xc6\xa1\xc8y\xc8\xfe"), "Big5", "http", BYTES("\xe2\x91\xa0\xe3\x87\x8f\xc9\xaa") },
    { "big5", BYTES("\xf9\xd6\xf9\xfe"), "Big5", "http", BYTES("\xe7\xa2\x81\xef\xbf\xad") },
    { "cn-big5", BYTES("\x80\xff" "A"), "Big5", "http", BYTES(BAD BAD "A") },
    { "big5", BYTES("\xa4<\xa4\x7f" "A"), "Big5", "http", BYTES(BAD "<" BAD "\x7f" "A") },
    { "big5", BYTES("\x8ei\xa0\xe4"), "Big5", "http", BYTES("\xe7\xae\xb8\xe7\x89\x90") },
    { "gbk", BYTES("\x80"), "GBK", "http", BYTES("\xe2\x82\xac") },
    { "gb2312", BYTES("\xd6\xd0\xce\xc4"), "GBK", "http", BYTES("\xe4\xb8\xad\xe6\x96\x87") },
    { "gbk", BYTES("\xa2\xe3\xa3\xa0"), "GBK", "http", BYTES("\xe2\x82\xac\xe3\x80\x80") },
    { "gbk", BYTES("\xa8\xbc\xfeY"), "GBK", "http", BYTES("\xe1\xb8\xbf\xe9\xbe\xb4") },
    { "gbk", BYTES("\x81" "0\x81" "0"), "GBK", "http", BYTES("\xc2\x80") },
    { "gbk", BYTES("\xff\xd6\xd0"), "GBK", "http", BYTES(BAD "\xe4\xb8\xad") },
    { "gbk", BYTES("\xd6<\xd6\xd0"), "GBK", "http", BYTES(BAD "<\xe4\xb8\xad") },
    { "gbk", BYTES("\xd6\x7f\xd0"), "GBK", "http", BYTES(BAD "\x7f" BAD) },
    { "x-gbk", BYTES("\x81" "A\xfe\xfe"), "GBK", "http", BYTES("\xe4\xb8\x84\xee\x93\x85") },
    { "gb18030", BYTES("\x81" "5\xf4" "7"), "gb18030", "http", BYTES("\xee\x9f\x87") },
    { "gb18030", BYTES("\x90" "0\x81" "0\xe3" "2\x9a" "5"), "gb18030", "http", BYTES("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") },
    { "gb18030", BYTES("\xe3" "2\x9a" "6"), "gb18030", "http", BYTES(BAD) },
    { "gb18030", BYTES("\x84" "1\x82" "6"), "gb18030", "http", BYTES("\xef\xb8\x90") },
    { "gb18030", BYTES("\xa6\xd9\xa6\xf3"), "gb18030", "http", BYTES("\xef\xb8\x90\xef\xb8\x99") },
    { "gb18030", BYTES("\x81" "0\x81"), "gb18030", "http", BYTES(BAD) },
    { "gb18030", BYTES("\x81" "0\x81<"), "gb18030", "http", BYTES(BAD "0" BAD "<") },
    { "gb18030", BYTES("\x84" "1\xa5" "0"), "gb18030", "http", BYTES(BAD) },
    { "gb18030", BYTES("\x81" "0"), "gb18030", "http", BYTES(BAD) },
    { "gb18030", BYTES("\x81" "0\x7f"), "gb18030", "http", BYTES(BAD "0\x7f") },
    { "gb_2312-80", BYTES("\x80\xd6"), "GBK", "http", BYTES("\xe2\x82\xac" BAD) },
    { "utf-16le", BYTES("H\x00i\x00"), "UTF-16LE", "http", BYTES("Hi") },
    { "utf-16be", BYTES("\x00H\x00i"), "UTF-16BE", "http", BYTES("Hi") },
    { "utf-16", BYTES("=\xd8\xa9\xdc" "A"), "UTF-16LE", "http", BYTES("\xf0\x9f\x92\xa9" BAD) },
    { "ucs-2", BYTES("\x00\xd8" "A\x00"), "UTF-16LE", "http", BYTES(BAD "A") },
    { "unicode", BYTES("\x00\xdc" "A\x00"), "UTF-16LE", "http", BYTES(BAD "A") },
    { "utf-16le", BYTES("A\x00\x00\xd8"), "UTF-16LE", "http", BYTES("A" BAD) },
    { "unicodefffe", BYTES("\xd8=\xdc\xa9"), "UTF-16BE", "http", BYTES("\xf0\x9f\x92\xa9") },
    { "utf-16be", BYTES("\xd8=\x00" "A"), "UTF-16BE", "http", BYTES(BAD "A") },
    { "csunicode", BYTES("\x00\x00" "A\x00"), "UTF-16LE", "http", BYTES("\x00" "A") },
    { "utf-8", BYTES("\xc3\xa9\xf0\x9f\x92\x80"), "UTF-8", "http", BYTES("\xc3\xa9\xf0\x9f\x92\x80") },
    { "utf8", BYTES("\xc0\x80" "A\x80"), "UTF-8", "http", BYTES(BAD BAD "A" BAD) },
    { "utf-8", BYTES("\xe2\x82" "A"), "UTF-8", "http", BYTES(BAD "A") },
    { "utf-8", BYTES("\xed\xa0\x80"), "UTF-8", "http", BYTES(BAD BAD BAD) },
    { "utf-8", BYTES("\xf4\x90\x80\x80"), "UTF-8", "http", BYTES(BAD BAD BAD BAD) },
    { "unicode-1-1-utf-8", BYTES("\xf0\x9f\x92"), "UTF-8", "http", BYTES(BAD) },
    { "x-unicode20utf8", BYTES("\xe2\x82\xac"), "UTF-8", "http", BYTES("\xe2\x82\xac") },
    { "iso-2022-kr", BYTES("\x1b$)C\x0e" "0!"), "replacement", "http", BYTES(BAD) },
    { "hz-gb-2312", BYTES("~{"), "replacement", "http", BYTES(BAD) },
    { "iso-2022-cn", BYTES("A"), "replacement", "http", BYTES(BAD) },
    { "replacement", BYTES("<p>"), "replacement", "http", BYTES(BAD) },
    { "csiso2022kr", BYTES(""), "replacement", "http", BYTES("") },
    { " UTF-8\n", BYTES("\xc3\xa9"), "UTF-8", "http", BYTES("\xc3\xa9") },
    { "KOI8-R", BYTES("\xc1"), "KOI8-R", "http", BYTES("\xd0\xb0") },
    { "WINDOWS-1251 ", BYTES("\xe0"), "windows-1251", "http", BYTES("\xd0\xb0") },
    { NULL, BYTES("\xef\xbb\xbf\xc3\xa9"), "UTF-8", "bom", BYTES("\xc3\xa9") },
    { NULL, BYTES("\xef\xbb\xbf\xff<meta charset=koi8-r>"), "UTF-8", "bom", BYTES(BAD "<meta charset=koi8-r>") },
    { NULL, BYTES("\xfe\xff\x00" "A"), "UTF-16BE", "bom", BYTES("A") },
    { NULL, BYTES("\xff\xfe" "A\x00"), "UTF-16LE", "bom", BYTES("A") },
    { NULL, BYTES("\xff\xfe" "A\x00\x00"), "UTF-16LE", "bom", BYTES("A" BAD) },
    { NULL, BYTES("\xff\xfe\x00\x00" "A\x00"), "UTF-16LE", "bom", BYTES("\x00" "A") },
    { NULL, BYTES("\xef\xbb\xbf\xef\xbb\xbfx"), "UTF-8", "bom", BYTES("\xef\xbb\xbfx") },
    { NULL, BYTES("<meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<META CHARSET = \"windows-1251\">\xe0"), "windows-1251", "meta", BYTES("<META CHARSET = \"windows-1251\">\xd0\xb0") },
    { NULL, BYTES("<meta\tcharset='sjis'/>\x82\xa0"), "Shift_JIS", "meta", BYTES("<meta\tcharset='sjis'/>\xe3\x81\x82") },
    { NULL, BYTES("<meta/charset=latin1>\x80"), "windows-1252", "meta", BYTES("<meta/charset=latin1>\xe2\x82\xac") },
    { NULL, BYTES("<meta x=1 charset=gbk>\xd6\xd0"), "GBK", "meta", BYTES("<meta x=1 charset=gbk>\xe4\xb8\xad") },
    { NULL, BYTES("<meta charset=utf-16le>\xc3\xa9"), "UTF-8", "meta", BYTES("<meta charset=utf-16le>\xc3\xa9") },
    { NULL, BYTES("<meta charset=utf-16be>\xff"), "UTF-8", "meta", BYTES("<meta charset=utf-16be>" BAD) },
    { NULL, BYTES("<meta charset=x-user-defined>\x80"), "windows-1252", "meta", BYTES("<meta charset=x-user-defined>\xe2\x82\xac") },
    { NULL, BYTES("<meta charset=iso-2022-kr>abc"), "replacement", "meta", BYTES(BAD) },
    { NULL, BYTES("<meta http-equiv=content-type content=\"text/html; charset=koi8-r\">\xc1"), "KOI8-R", "meta",
      BYTES("<meta http-equiv=content-type content=\"text/html; charset=koi8-r\">\xd0\xb0") },
    { NULL, BYTES("<meta content=\"text/html; charset=koi8-r\" http-equiv=\"Content-Type\">\xc1"), "KOI8-R", "meta",
      BYTES("<meta content=\"text/html; charset=koi8-r\" http-equiv=\"Content-Type\">\xd0\xb0") },
    { NULL, BYTES("<meta content=\"charset=koi8-r\">\xd0\xbf"), "UTF-8", "utf-8", BYTES("<meta content=\"charset=koi8-r\">\xd0\xbf") },
    { NULL, BYTES("<meta http-equiv=refresh content=\"0;charset=koi8-r\">\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<meta http-equiv=refresh content=\"0;charset=koi8-r\">\xd0\xbf") },
    { NULL, BYTES("<meta http-equiv=content-type content=\"x charset koi8-u; charset = 'koi8-r'\">\xc1"), "KOI8-R", "meta",
      BYTES("<meta http-equiv=content-type content=\"x charset koi8-u; charset = 'koi8-r'\">\xd0\xb0") },
    { NULL, BYTES("<meta http-equiv=content-type content=\"charset='koi8-r\">\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<meta http-equiv=content-type content=\"charset='koi8-r\">\xd0\xbf") },
    { NULL, BYTES("<meta http-equiv=content-type content=\"charset=koi8-r windows-1251\">\xc1"), "KOI8-R", "meta",
      BYTES("<meta http-equiv=content-type content=\"charset=koi8-r windows-1251\">\xd0\xb0") },
    { NULL, BYTES("<meta http-equiv=content-type content=\"charset=bogus\" charset=koi8-r>\xc1"), "KOI8-R", "meta",
      BYTES("<meta http-equiv=content-type content=\"charset=bogus\" charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<meta charset=bogus http-equiv=content-type content=\"charset=koi8-r\">\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<meta charset=bogus http-equiv=content-type content=\"charset=koi8-r\">\xd0\xbf") },
    { NULL, BYTES("<meta charset=utf-8 charset=koi8-r>\xd0\xbf"), "UTF-8", "meta", BYTES("<meta charset=utf-8 charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<meta charset=bogus><meta charset=koi8-r>\xc1"), "KOI8-R", "meta",
      BYTES("<meta charset=bogus><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<meta charset=\"\"><meta charset=koi8-r>\xc1"), "KOI8-R", "meta",
      BYTES("<meta charset=\"\"><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<!-- <meta charset=koi8-r> -->\xd0\xbf"), "UTF-8", "utf-8", BYTES("<!-- <meta charset=koi8-r> -->\xd0\xbf") },
    { NULL, BYTES("<!--><meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<!--><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<!---><meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<!---><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<!-- > --><meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<!-- > --><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<!-- never closed <meta charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<!-- never closed <meta charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<link title=\"<meta charset=koi8-r>\">\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<link title=\"<meta charset=koi8-r>\">\xd0\xbf") },
    { NULL, BYTES("<metal charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<metal charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("</meta charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8", BYTES("</meta charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<!doctype html><meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<!doctype html><meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES("<\?x <meta charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<\?x <meta charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<script>\"<meta charset=koi8-r>\"</script>\xc1"), "KOI8-R", "meta",
      BYTES("<script>\"<meta charset=koi8-r>\"</script>\xd0\xb0") },
    { NULL, BYTES("<a<meta charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<a<meta charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<p title='><meta charset=koi8-r>'>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<p title='><meta charset=koi8-r>'>\xd0\xbf") },
    { NULL, BYTES("<meta charset=koi8-r \xd0\xbf"), "UTF-8", "utf-8", BYTES("<meta charset=koi8-r \xd0\xbf") },
    { NULL, BYTES("<meta charset=koi8-r" BLANKS_1100 ">\xd0\xbf"), "UTF-8", "utf-8",
      BYTES("<meta charset=koi8-r" BLANKS_1100 ">\xd0\xbf") },
    { NULL, BYTES(BLANKS_1003 "<meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES(BLANKS_1003 "<meta charset=koi8-r>\xd0\xb0") },
    { NULL, BYTES(BLANKS_1004 "<meta charset=koi8-r>\xd0\xbf"), "UTF-8", "utf-8", BYTES(BLANKS_1004 "<meta charset=koi8-r>\xd0\xbf") },
    { NULL, BYTES("<\?xml version=\"1.0\" encoding=\"koi8-r\"\?>\xc1"), "KOI8-R", "meta",
      BYTES("<\?xml version=\"1.0\" encoding=\"koi8-r\"\?>\xd0\xb0") },
    { NULL, BYTES("<\?xml encoding = 'windows-1251' \?>\xe0"), "windows-1251", "meta",
      BYTES("<\?xml encoding = 'windows-1251' \?>\xd0\xb0") },
    { NULL, BYTES("<\?xml encoding=\"utf-16\"\?>\xc3\xa9"), "UTF-8", "meta", BYTES("<\?xml encoding=\"utf-16\"\?>\xc3\xa9") },
    { NULL, BYTES("<\?xml encoding=\"koi8-r\"\?><meta charset=windows-1251>\xe0"), "windows-1251", "meta",
      BYTES("<\?xml encoding=\"koi8-r\"\?><meta charset=windows-1251>\xd0\xb0") },
    { NULL, BYTES("<\?xml encoding=koi8-r\?>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<\?xml encoding=koi8-r\?>\xd0\xbf") },
    { NULL, BYTES("<\?xml encoding=\" koi8-r\"\?>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<\?xml encoding=\" koi8-r\"\?>\xd0\xbf") },
    { NULL, BYTES(" <\?xml encoding=\"koi8-r\"\?>\xd0\xbf"), "UTF-8", "utf-8", BYTES(" <\?xml encoding=\"koi8-r\"\?>\xd0\xbf") },
    { NULL, BYTES("<\?xml version=\"1.0\"\?>\xd0\xbf"), "UTF-8", "utf-8", BYTES("<\?xml version=\"1.0\"\?>\xd0\xbf") },
    { NULL, BYTES("<\x00\?\x00x\x00m\x00l\x00\?\x00>\x00\xe9\x00"), "UTF-16LE", "meta", BYTES("<\?xml\?>\xc3\xa9") },
    { NULL, BYTES("\x00<\x00\?\x00x\x00m\x00l\x00\?\x00>\x00\xe9"), "UTF-16BE", "meta", BYTES("<\?xml\?>\xc3\xa9") },
    { NULL, BYTES("\xd0\xbf"), "UTF-8", "utf-8", BYTES("\xd0\xbf") },
    { NULL, BYTES("abc"), "UTF-8", "utf-8", BYTES("abc") },
    { NULL, BYTES(""), "UTF-8", "utf-8", BYTES("") },
    { NULL, BYTES("caf\xe9"), "windows-1252", "fallback", BYTES("caf\xc3\xa9") },
    { NULL, BYTES("\xe9\xff <p>"), "windows-1252", "fallback", BYTES("\xc3\xa9\xc3\xbf <p>") },
    { "koi8-r", BYTES("\xef\xbb\xbf\xc3\xa9"), "UTF-8", "bom", BYTES("\xc3\xa9") },
    { "utf-8", BYTES("\xff\xfe" "A\x00"), "UTF-16LE", "bom", BYTES("A") },
    { "windows-1251", BYTES("<meta charset=utf-8>\xe0"), "windows-1251", "http", BYTES("<meta charset=utf-8>\xd0\xb0") },
    { "no-such", BYTES("<meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<meta charset=koi8-r>\xd0\xb0") },
    { "", BYTES("<meta charset=koi8-r>\xc1"), "KOI8-R", "meta", BYTES("<meta charset=koi8-r>\xd0\xb0") },
    { "'utf-8'", BYTES("caf\xe9"), "windows-1252", "fallback", BYTES("caf\xc3\xa9") },
    { "utf-8", BYTES("caf\xe9"), "UTF-8", "http", BYTES("caf" BAD) },
    { "no-such", BYTES("\xd0\xbf"), "UTF-8", "utf-8", BYTES("\xd0\xbf") },
    { "iso-2022-kr", BYTES("\xef\xbb\xbf" "abc"), "UTF-8", "bom", BYTES("abc") },
};

struct decoded {
    struct charset_converter *converter;
    struct buf buf;
    struct span text;
    struct charset_choice choice;
};

static void decode(struct decoded *d, struct span in, const char *http)
{
    struct span label = http ? span_cstr(http) : (struct span){ 0 };
    assert_int_equal(charset_decode(d->converter, in, label, &d->buf, &d->text, &d->choice), 0);
}

static size_t count_bad(struct span s)
{
    size_t n = 0;
    for (size_t i = 0; i + 3 <= s.n; i++)
        n += memcmp(s.p + i, BAD, 3) == 0;
    return n;
}

static void test_the_decision_and_the_text_of_a_browser(void **state)
{
    struct decoded d = { .converter = charset_new() };
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        decode(&d, cases[i].in, cases[i].http);
        bool same = span_eq(d.text, cases[i].text) && strcmp(d.choice.encoding, cases[i].encoding) == 0 &&
                    strcmp(d.choice.signal, cases[i].signal) == 0 && d.choice.repaired == count_bad(cases[i].text);
        wrong += !same;
        if (!same)
            print_message("case %zu (%s): %s by %s, %llu repaired: \"%.*s\"\n", i, cases[i].http ? cases[i].http : "-", d.choice.encoding,
                          d.choice.signal, (unsigned long long)d.choice.repaired, SPAN_ARG(d.text));
    }
    assert_int_equal(wrong, 0);
    charset_free(d.converter);
    buf_release(&d.buf);
}

static void put_bytes(struct buf *b, unsigned first, unsigned second, unsigned third, unsigned fourth)
{
    const char bytes[] = { (char)first, (char)second, (char)third, (char)fourth };
    buf_put(b, bytes, sizeof bytes);
}

static void expect_digest(const char *label, const struct buf *in, const char *want)
{
    struct decoded d = { .converter = charset_new() };
    char hex[SHA256_HEX + 1];
    decode(&d, buf_view(in), label);
    sha256_hex_of(d.text, hex);
    if (strcmp(hex, want) != 0)
        fail_msg("%s: the text has SHA-256 %s, want %s", label, hex, want);
    charset_free(d.converter);
    buf_release(&d.buf);
}

/* "x", any byte from 0x80 up, any byte, "y". */
static void test_every_pair_of_bytes(void **state)
{
    static const struct { const char *label, *sha256; } all[] = {
        { "gbk", "bd1b26ddd9723387dd40478aacfe74c9e9c5e834184d9e0e42327beca8613b7e" },
        { "big5", "7cf629a570f51658de80db7bef0963843cfda7d93c4c074078177791b75a4d13" },
        { "euc-jp", "94f4d6a2e1605f5705f3b82cdfe278f8f090cc2a84c21c52f57d686b9abc51f6" },
        { "shift_jis", "ac69fc983c32d11209a97c0a1d205d607fcd82e68cfccd4a9ef0b512dc26fa08" },
        { "euc-kr", "b4d5d57d37e7ec37c77f18ee34e25c536d097641aab87d10011a72d1beaf308d" },
    };
    struct buf in = { 0 };
    for (unsigned a = 0x80; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            put_bytes(&in, 'x', a, b, 'y');
    for (size_t i = 0; i < COUNT(all); i++)
        expect_digest(all[i].label, &in, all[i].sha256);
    buf_release(&in);
}

static void test_every_jis_x_0212_and_every_four_bytes_of_gb18030(void **state)
{
    struct buf in = { 0 };
    for (unsigned a = 0xA1; a < 0xFF; a++)
        for (unsigned b = 0xA1; b < 0xFF; b++)
            put_bytes(&in, 0x8F, a, b, 'y');
    expect_digest("euc-jp", &in, "e9d5358efa13d1a964feba2b343310ef2cb6b1347cedfdf641beca93cc2eaa11");
    buf_reset(&in);
    for (unsigned q = 0; q < 39420; q++)
        put_bytes(&in, 0x81 + q / 12600, 0x30 + q / 1260 % 10, 0x81 + q / 10 % 126, 0x30 + q % 10);
    expect_digest("gb18030", &in, "efc8b18e905caa9e0ea4187852ab4d90bb671c8c722cca4d6bd4f58746eb3e00");
    buf_release(&in);
}

static void test_every_byte_of_single_byte_encodings(void **state)
{
    static const char *const names[] = { "IBM866", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7",
        "ISO-8859-8", "ISO-8859-8-I", "ISO-8859-10", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16", "KOI8-R", "KOI8-U",
        "macintosh", "windows-874", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
        "windows-1256", "windows-1257", "windows-1258", "x-mac-cyrillic", "x-user-defined" };
    struct decoded d = { .converter = charset_new() };
    struct buf in = { 0 }, all = { 0 };
    char hex[SHA256_HEX + 1];
    for (unsigned a = 0; a < 256; a++) {
        buf_putc(&in, 'x');
        buf_putc(&in, (char)a);
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        decode(&d, buf_view(&in), names[i]);
        buf_span(&all, d.text);
    }
    sha256_hex_of(buf_view(&all), hex);
    assert_string_equal(hex, "7085993aadd2d234e80c512998bd707b52156aa4d873efdd249662cfee258868");
    charset_free(d.converter);
    buf_release(&d.buf);
    buf_release(&in);
    buf_release(&all);
}

static void test_the_ceiling_holds_in_every_decoder(void **state)
{
    static const char *const labels[] = { "utf-8", "koi8-r", "gbk", "big5", "euc-jp", "iso-2022-jp", "shift_jis", "euc-kr", "utf-16" };
    struct charset_converter *c = charset_new();
    for (size_t i = 0; i < COUNT(labels); i++) {
        struct buf small = BUF_MAX(12);
        struct charset_choice choice;
        struct span text;
        assert_int_equal(charset_decode(c, SPAN("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), span_cstr(labels[i]), &small, &text, &choice),
                         -ERR_TOO_BIG);
        buf_release(&small);
    }
    charset_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_decision_and_the_text_of_a_browser),
        cmocka_unit_test(test_every_pair_of_bytes),
        cmocka_unit_test(test_every_jis_x_0212_and_every_four_bytes_of_gb18030),
        cmocka_unit_test(test_every_byte_of_single_byte_encodings),
        cmocka_unit_test(test_the_ceiling_holds_in_every_decoder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
