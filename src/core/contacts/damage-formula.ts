/*
 * What a spreadsheet leaves where a formula failed, and formulas that were saved as text. The names are those of Microsoft's
 * function reference ("error values", each language's edition) and of LibreOffice's translations (sc/messages.po: error
 * names, and "Err:" with the codes 501 to 540 of its help). Where neither translates a name, the English one is shown.
 */
const ERRORS: Readonly<Record<string, string>> = {
  en: '#NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! #PYTHON! #EXTERNAL! #TIMEOUT! #ERROR! #EVAL!',
  de: '#WERT! #BEZUG! #ZAHL! #NV #DATEN_ABRUFEN #ÜBERLAUF! #KALK! #FELD! #BLOCKIERT! #VERBINDEN! #UNBEKANNT!',
  fr: '#NUL! #VALEUR! #NOM? #NOMBRE! #CHARGEMENT_DONNEES #PROPAGATION! #EPARS! #CHAMP! #BLOQUE! #CONNEXION! #INCONNU!',
  es: '#¡NULO! #¡DIV/0! #¡VALOR! #¡REF! #¿NOMBRE? #¡NUM! #OBTENIENDO_DATOS #¡DESBORDAMIENTO! #¡CALC! #¡CAMPO!',
  it: '#NULLO! #VALORE! #RIF! #NOME? #N/D #ESTRAZIONE_DATI_IN_CORSO #ESPANSIONE! #CAMPO! #BLOCCATO!',
  pt: '#NULO! #VALOR! #NOME? #NÚM! #N/D #N/DISP #OBTENDO_DADOS #A_OBTER_DADOS #DESPEJAR! #DISPERSAR! #EXCEDIDO!',
  ca: '#¡NUL! #¡VALOR! #¿NOM? #ND',
  nl: '#LEEG! #DEEL/0! #WAARDE! #VERW! #NAAM? #GETAL! #N/B #GEGEVENS_OPHALEN #OVERLOPEN! #BEREKENEN! #VELD!',
  sv: '#SKÄRNING! #DIVISION/0! #VÄRDEFEL! #REFERENS! #NAMN? #OGILTIGT! #SAKNAS! #SAKNAS #HÄMTAR_DATA',
  da: '#NUL! #DIVISION/0! #VÆRDI! #REFERENCE! #NAVN? #I/T #HENTER_DATA #OVERLØB!',
  nb: '#VERDI! #NAVN? #I/T #HENTER_DATA #OVERFLYT!',
  fi: '#TYHJÄ! #JAKO/0! #ARVO! #VIITTAUS! #NIMI? #LUKU! #PUUTTUU! #PUUTTUU #NOUDETAAN_TIETOJA',
  pl: '#ZERO! #DZIEL/0! #ARG! #ADR! #NAZWA? #LICZBA! #N/D! #POBIERANIE_DANYCH #ROZLANIE! #OBL! #POLE!',
  cs: '#DĚLENÍ_NULOU! #HODNOTA! #ODKAZ! #NÁZEV? #ČÍSLO! #NENÍ_K_DISPOZICI #NEDOSTUPNÝ #NAČÍTÁNÍ_DAT #PŘESAH!',
  sk: '#DELENIENULOU! #HODNOTA! #ODKAZ! #NÁZOV? #ČÍSLO! #NEDOSTUPNÝ #NIE_JE_K_DISPOZÍCII #PRESAH!',
  hu: '#NULLA! #ZÉRÓOSZTÓ! #ÉRTÉK! #HIV! #NÉV? #SZÁM! #HIÁNYZIK #ADATLEKÉRDEZÉS #KITÖLTÉS!',
  ro: '#NUL! #VALOARE! #NUME? #NEDISP',
  hr: '#DIJ/0! #VRIJ! #VRIJEDNOST! #NAZIV? #BROJ! #N/D',
  sl: '#NIČ! #DEL/0! #VREDN! #SKLIC! #IME? #ŠTEV! #N/V #NI_NA_VOLJO',
  et: '#NIMI? #VÄÄRTUS! #VIIDE! #ARV! #PUUDUB',
  lt: '#REIKŠMĖ! #NUORODA! #VARDAS? #SKAIČIUS! #NĖRA',
  lv: '#VĒRTĪBA! #ATSAUCE! #NOSAUKUMS? #SKAITLIS!',
  ru: '#ПУСТО! #ДЕЛ/0! #ЗНАЧ! #ССЫЛКА! #ИМЯ? #ЧИСЛО! #Н/Д #ОЖИДАНИЕ_ДАННЫХ #ПЕРЕНОС! #ВЫЧИСЛ! #ПОЛЕ!',
  uk: "#ПУСТО! #ДІЛ/0! #ЗНАЧ! #ПОСИЛ! #ІМ'Я? #ІМ’Я? #ЧИСЛО! #Н/Д",
  bg: '#СТОЙНОСТ! #ИМЕ? #ЧИСЛО! #Н/Д',
  sr: '#ВРЕДНОСТ! #ИМЕ? #БРОЈ! #Н/Д #Н/П',
  el: '#ΚΕΝΟ! #ΔΙΑΙΡ/0! #ΤΙΜΗ! #ΑΝΑΦ! #ΟΝΟΜΑ? #ΑΡΙΘ! #Δ/Υ',
  tr: '#BOŞ! #SAYI/0! #DEĞER! #BAŞV! #AD? #SAYI! #YOK #VERİ_ALINIYOR #TAŞMA! #HESAPLA!',
  ja: '#名前? #値! #参照! #数値! #該当なし',
  zh: '#名称? #名稱? #值! #引用! #参考! #數字! #数字!',
  ko: '#이름? #값! #참조! #숫자!',
};

const KNOWN = new Set(Object.values(ERRORS).flatMap((names) => names.split(' ').map(fold)));

/** How the names look in every language: capitals and `!` or `?`, or two letters with a slash between. */
const SHAPE = /^#(?:[¡¿]?\p{Lu}(?:[\p{Lu}\p{M}_'’]|\/0){1,40}[!?]|\p{Lu}\/\p{Lu}[!]?)$/u;

/** LibreOffice's, such as `Err:502`, in the languages that translate the word. */
const CODED =
  /^(?:err|erro|error|errorea|fehler|erreur|errore|ошибка|помилка|грешка|грешка|błąd|chyba|hiba|fout|fel|fejl|feil|virhe|viga|hata|klaida|kļūda|pogreška|greška|napaka|eroare|σφάλμα|エラー|错误|錯誤|오류)[ \u00a0\u202f]?[:：][ ]?5[0-4]\d$/iu;

/** A column that is too narrow for its number or date shows these. */
const TOO_NARROW = /^#{3,}$/;

/** What a formula begins with. `=>`, `==` and smileys are text. */
const FORMULA = /^[=＝](?![=>)(\]|:;.,\s]*$)(?![=>)\]|:;.\s])/;
/** Formulas as Lotus wrote them, which spreadsheets still take. */
const CALL = /^[+\-@][A-Z][A-Z0-9._]*\([^]*\)$/i;

/** What is wrong with a cell that is the error of a formula, whatever its column is. */
export function formulaError(cell: string): string | undefined {
  if (cell.length > 50 && !/^#+$/.test(cell)) return undefined;
  if (TOO_NARROW.test(cell)) return `"${cell.slice(0, 12)}" is a value that its column was too narrow for`;
  const isError = KNOWN.has(fold(cell)) || SHAPE.test(cell) || CODED.test(cell);
  return isError ? `"${cell}" is the error of a formula, not a value` : undefined;
}

/** What is wrong with a cell that is a formula and not its result. */
export function formula(cell: string): string | undefined {
  const isOne = FORMULA.test(cell) || CALL.test(cell);
  return isOne ? `"${cut(cell)}" is a formula, not its result` : undefined;
}

function fold(name: string): string {
  return name.normalize('NFC').toUpperCase();
}

/** As much of a value as a message shows. */
export function cut(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
