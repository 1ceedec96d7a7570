/* quality_labels.c - which of FineWeb-2's labels a language has. */
#include <stdio.h>

#include "core/text/chars.h"
#include "filters/quality_table.h"

/*
 * The 176 labels of lid.176 (ISO 639-1, 639-3 and Wikipedia's own codes), in byte order, and the ISO 639-3 code under which
 * FineWeb-2 has the language.  A macrolanguage stands for the member that its Wikipedia, on which lid.176 was trained, is written
 * in: ar arb, az azj, bh bho, et ekk, gn gug, ku kmr, kv kpv, lv lvs, mg plt, mn khk, ms zsm, ne npi, no nob, or ory, ps pbt,
 * qu quy, sq als, sw swh, tl fil, uz uzn, yi ydd, zh cmn.  "als" is Alemannic there, not Tosk Albanian.  Serbo-Croatian (sh)
 * goes by Serbian, the one of its standards that FineWeb-2 has in both scripts.
 */
static const char lid176[][2][4] = {
    { "af", "afr" },  { "als", "gsw" }, { "am", "amh" },  { "an", "arg" },  { "ar", "arb" },  { "arz", "arz" }, { "as", "asm" },
    { "ast", "ast" }, { "av", "ava" },  { "az", "azj" },  { "azb", "azb" }, { "ba", "bak" },  { "bar", "bar" }, { "bcl", "bcl" },
    { "be", "bel" },  { "bg", "bul" },  { "bh", "bho" },  { "bn", "ben" },  { "bo", "bod" },  { "bpy", "bpy" }, { "br", "bre" },
    { "bs", "bos" },  { "bxr", "bxr" }, { "ca", "cat" },  { "cbk", "cbk" }, { "ce", "che" },  { "ceb", "ceb" }, { "ckb", "ckb" },
    { "co", "cos" },  { "cs", "ces" },  { "cv", "chv" },  { "cy", "cym" },  { "da", "dan" },  { "de", "deu" },  { "diq", "diq" },
    { "dsb", "dsb" }, { "dty", "dty" }, { "dv", "div" },  { "el", "ell" },  { "eml", "eml" }, { "en", "eng" },  { "eo", "epo" },
    { "es", "spa" },  { "et", "ekk" },  { "eu", "eus" },  { "fa", "fas" },  { "fi", "fin" },  { "fr", "fra" },  { "frr", "frr" },
    { "fy", "fry" },  { "ga", "gle" },  { "gd", "gla" },  { "gl", "glg" },  { "gn", "gug" },  { "gom", "gom" }, { "gu", "guj" },
    { "gv", "glv" },  { "he", "heb" },  { "hi", "hin" },  { "hif", "hif" }, { "hr", "hrv" },  { "hsb", "hsb" }, { "ht", "hat" },
    { "hu", "hun" },  { "hy", "hye" },  { "ia", "ina" },  { "id", "ind" },  { "ie", "ile" },  { "ilo", "ilo" }, { "io", "ido" },
    { "is", "isl" },  { "it", "ita" },  { "ja", "jpn" },  { "jbo", "jbo" }, { "jv", "jav" },  { "ka", "kat" },  { "kk", "kaz" },
    { "km", "khm" },  { "kn", "kan" },  { "ko", "kor" },  { "krc", "krc" }, { "ku", "kmr" },  { "kv", "kpv" },  { "kw", "cor" },
    { "ky", "kir" },  { "la", "lat" },  { "lb", "ltz" },  { "lez", "lez" }, { "li", "lim" },  { "lmo", "lmo" }, { "lo", "lao" },
    { "lrc", "lrc" }, { "lt", "lit" },  { "lv", "lvs" },  { "mai", "mai" }, { "mg", "plt" },  { "mhr", "mhr" }, { "min", "min" },
    { "mk", "mkd" },  { "ml", "mal" },  { "mn", "khk" },  { "mr", "mar" },  { "mrj", "mrj" }, { "ms", "zsm" },  { "mt", "mlt" },
    { "mwl", "mwl" }, { "my", "mya" },  { "myv", "myv" }, { "mzn", "mzn" }, { "nah", "nah" }, { "nap", "nap" }, { "nds", "nds" },
    { "ne", "npi" },  { "new", "new" }, { "nl", "nld" },  { "nn", "nno" },  { "no", "nob" },  { "oc", "oci" },  { "or", "ory" },
    { "os", "oss" },  { "pa", "pan" },  { "pam", "pam" }, { "pfl", "pfl" }, { "pl", "pol" },  { "pms", "pms" }, { "pnb", "pnb" },
    { "ps", "pbt" },  { "pt", "por" },  { "qu", "quy" },  { "rm", "roh" },  { "ro", "ron" },  { "ru", "rus" },  { "rue", "rue" },
    { "sa", "san" },  { "sah", "sah" }, { "sc", "srd" },  { "scn", "scn" }, { "sco", "sco" }, { "sd", "snd" },  { "sh", "srp" },
    { "si", "sin" },  { "sk", "slk" },  { "sl", "slv" },  { "so", "som" },  { "sq", "als" },  { "sr", "srp" },  { "su", "sun" },
    { "sv", "swe" },  { "sw", "swh" },  { "ta", "tam" },  { "te", "tel" },  { "tg", "tgk" },  { "th", "tha" },  { "tk", "tuk" },
    { "tl", "fil" },  { "tr", "tur" },  { "tt", "tat" },  { "tyv", "tyv" }, { "ug", "uig" },  { "uk", "ukr" },  { "ur", "urd" },
    { "uz", "uzn" },  { "vec", "vec" }, { "vep", "vep" }, { "vi", "vie" },  { "vls", "vls" }, { "vo", "vol" },  { "wa", "wln" },
    { "war", "war" }, { "wuu", "wuu" }, { "xal", "xal" }, { "xmf", "xmf" }, { "yi", "ydd" },  { "yo", "yor" },  { "yue", "yue" },
    { "zh", "cmn" },
};

/* Scripts that are one writing system in FineWeb-2's labels. */
static const char *label_script(const char *iso, const char *script)
{
    if (strcmp(iso, "jpn") == 0 && (strcmp(script, "Hani") == 0 || strcmp(script, "Hira") == 0 || strcmp(script, "Kana") == 0))
        return "Jpan";
    if (strcmp(iso, "kor") == 0 && strcmp(script, "Hani") == 0)
        return "Hang";
    return script;
}

const char *quality_iso639_3(struct span label)
{
    size_t lo = 0, hi = sizeof lid176 / sizeof *lid176;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int order = span_cmp(span_cstr(lid176[mid][0]), label);
        if (order == 0)
            return lid176[mid][1];
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

/* More scripts than a page of one language mixes. */
#define MAX_SCRIPTS 8

int quality_label_find(const struct quality_table *t, struct span language, struct span text,
                       const struct quality_limits **out, struct error *e)
{
    struct script_count scripts[MAX_SCRIPTS];
    int rc = quality_table_find(t, language, out, e);
    const char *iso = rc == 0 ? quality_iso639_3(language) : NULL;
    if (!iso)
        return rc;
    size_t n = text_scripts(text, scripts, MAX_SCRIPTS);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        char label[16];
        snprintf(label, sizeof label, "%s_%s", iso, label_script(iso, scripts[i].script));
        rc = quality_table_find(t, span_cstr(label), out, e);
    }
    return rc;
}
