/** Values in one string, between vertical bars. */
function list(values: string): string[] {
  return values.split('|').map((value) => value.trim());
}

/**
 * What people's fields really hold, in many languages, by field. Nobody in it is real. No check may hold one back or
 * warn of it.
 */
export const HONEST_VALUES: Readonly<Record<string, readonly string[]>> = {
  first_name: list(`
    Ana María | Jean-François | Þórdís | Łucja | Đặng | Žofie | Çağla | Şebnem | İpek | Ğ. | Åsa | Øyvind | Ægir | Œdipe
    | Zoë | Renée | Chloé | Noëlle | Siân | Sìne | Seán | Niamh | Aoife | Ó Ríordán | Māra | Ģirts | Ķērsta | Ņina
    | Ūla | Živilė | Ąžuolas | Ööbik | Õie | Ülle | Győző | Ágnes | Örs | Űrhajós | Ștefan | Țepeș | Ioana-Mădălina
    | Božena | Jiří | Řehoř | Ďurica | Ľubica | Ŕaňa | Đorđe | Ćiril | Анастасия | Пётр | Юлія | Ґалина | Їжак | Єва
    | Любомир | Ђорђе | Љиљана | Џејн | Ѓорѓи | Ελένη | Ιωάννης | Άγγελος | 美咲 | 健太 | さくら | ユウキ | 小明 | 欣怡
    | 志豪 | 지우 | 민준 | Ngọc Ánh | Đức | Thị Hạnh | สมหญิง | ນາງ | សុខា | မောင် | नरेश | প্রিয়া | ਗੁਰਪ੍ਰੀਤ | પ્રિયા
    | கவிதா | లక్ష్మి | ಮಂಜು | ലത | සුනිල් | محمد | فاطمة | زهرا | می‌نا | דָּוִד | שרה | Արամ | ნინო | አበበ | Chiamaka
    | N’Golo | Kaʻiulani | Ka’ahumanu | D'Arcy | X Æ | J. R. | A.J. | Mary Ann | Nana | Nanette | Nilla | Noni | Nulla
    | Trueman | Infanta | Ina | Na-ri | Nonie | Clea | Claire | Hashim | Ref | Errol
  `),
  last_name: list(`
    O’Neill | O'Neill | d'Ávila | D’Souza | L'Écuyer | van 't Hof | 't Hart | 's-Jacob | ‘Abbās | de la Cruz | von der Heide
    | zu Sayn | af Klint | Mac an tSaoir | ap Rhys | ben-Ami | bin Saleh | al-Ḥusaynī | Al Nahdi | Quispe Ñahui | Ibáñez
    | Peña y Lillo | Gonçalves | Araújo | Magalhães | Conceição | Müller | Groß | Weißmann | Schäffer-Öhm | Lindström
    | Sjöö | Ångman | Nygård | Sørby | Kjær | Guðjónsdóttir | Hämäläinen | Yli-Äyhö | Kõiv | Bērziņš | Žukauskaitė
    | Kowalczyk-Żak | Święcicka | Dvořáčková | Šťastný | Ľudovít | Horváthné | Kőszegi | Popovici-Țurcanu | Đurđević
    | Ђоковић | Щербакова | Объедков | Їжакевич | Παπαδοπούλου | Yılmazoğlu | Çelik | Ağaoğlu | Əliyev | Oʻktamov | Nguyễn
    | Trần Lê | Hồ | Ng | O | Oh | Xu | Io | E | Ek | De | Do | Le | Ø | Å | 欧阳 | 渡邉 | 髙橋 | 﨑山 | 남궁 | ณ อยุธยา
    | चौधरी | சுப்பிரமணியம் | الحسيني | عبد‌الله | כהן-לוי | Գրիգորյան | ბერიძე | Nullmeyer | Nullens | Nonnenmacher
    | Nanni | Truelove | Falsetti | Zero | Hundert | Clearwater | Clearman | Cleary | Blank-Weiss | Testa | Unknown-Smith
    | Smith Jr. | King III | Lee, PhD | Öz | Ünal (Kaya) | Ó | Ní Bhriain
  `),
  title: list(`
    VP, Sales & Marketing | CEO/Founder | C-level advisor | R&D Lead | C++ Engineer | C# / .NET Developer | Head of 5G
    | Director (interim) | Sr. Mgr., EMEA | EVP – Growth | Co-Founder @ Northwind | @ Home Office | #1 Sales Rep | 1st Officer
    | 2nd-line Support | 24/7 Operations | Level 3 Engineer | 3D Artist | 4.0 Programme Lead | Tier 1 | 100% remote | Chef de projet
    | Directrice générale déléguée | Chargé d’études | Ingénieur·e | Employé(e) | Responsable R.H. | Geschäftsführer:in
    | Prokurist*in | Leiter_in Vertrieb | Bürokaufmann/-frau | Größenordnung Öl | Verkäuferin «Süd» | Jefa de área | ¿Jefe?
    | Director General Adjunto | Técnico/a | Sócio-gerente | Vice‑presidente | Amministratore unico | Zaakvoerder | Säljchef
    | Økonomichef | Daglig leder | Toimitusjohtaja | Juhataja | Vadītājs | Vyriausiasis finansininkas | Główny księgowy
    | Jednatel společnosti | Konateľ | Ügyvezető igazgató | Director de vânzări | Direktor prodaje | Управител
    | Генеральный директор | Головний бухгалтер | Διευθύνων Σύμβουλος | Genel Müdür | Satış Müdürü | 代表取締役社長 | 部長（営業）
    | 総務・人事 | 总经理 | 副總裁 | 대표이사 | Giám đốc | ผู้จัดการ | महाप्रबंधक | المدير العام | مدير‌عامل | מנכ"ל | Տնօրեն
    | Who? What? Where? Lead | Ready! | Q&A Lead | "Fixer" | ‘Acting’ CFO | “Chief” of Staff | CTO (ex-Globex) | n+1 Manager
    | Null Device Engineer | Clear Aligner Specialist | Nanotechnologist | Error Analyst | Name Partner | Value Engineer
    | REF Coordinator | Undefined Behaviour Lead | Blank Sheet Designer | True North Lead | False Claims Counsel | --
    | – | = Head of Sales | => Partner | Team <3 | < 2 years | > 10 reports | A/B Testing | e-Commerce | P&L Owner | M&A
  `),
  location: list(`
    Zürich | München-Schwabing | Köln (Süd) | Düsseldorf, NRW | Straße des 17. Juni 135 | Nürnberger Str. 1–3 | Gräfelfing
    | Saint-Étienne | L’Haÿ-les-Roses | Île-de-France | Besançon Cedex | A Coruña | Cádiz | San José, CR | Ñuñoa | São Tomé
    | Açores | Forlì-Cesena | Sant'Agata de' Goti | 's-Hertogenbosch | ’t Harde | Liège / Luik | Malmö | Årsta | Å | Ærø
    | Tromsø | Þingvellir | Jyväskylä | Õismäe | Rīga | Šiauliai | Łódź | Świętokrzyskie | Český Krumlov | Žilina | Győr
    | Iași | Târgu Mureș | Novi Sad, Србија | Čačak | София | Санкт-Петербург | Київ | Θεσσαλονίκη | İzmir | Iğdır
    | 東京都千代田区丸の内１−１ | 北京市朝阳区 | 臺北市 | 서울특별시 | Đà Nẵng | TP. Hồ Chí Minh | กรุงเทพฯ | मुंबई | বাংলা | القاهرة
    | تهران | תל אביב-יפו | Երևան | თბილისი | Aoraki / Mount Cook | Hawaiʻi | Wagga Wagga | Nantes | Nan'an | Nullarbor
    | Nanaimo, BC | Clearwater, FL | 10115 Berlin | SW1A 1AA | 75008 Paris | D-80331 München | 1010 Wien | P.O. Box 12
    | 221B Baker St | #05-01 Tower A | Suite 300 | 5th Ave & 42nd St | Km 12,5 carretera a Masaya | 1.º Esq. | 3ème étage
    | Remote (US/EU) | EMEA | UTC+2 | Y | Ii | Au | 100 Mile House | Truth or Consequences | Hell | ’s-Gravenhage
  `),
  notes: list(`
    Called 3x; no answer. | Prefers e-mail — not phone! | "Call me," she said. | He’ll be back 1/4. | Budget: € 1.250,00 | Budget $1,250.00
    | ~30 seats @ $12 | 50% off → 2026 | Met at SXSW '24 | Born in the '70s | a=b+c | x = 5 | 1+1=2 | 3 > 2 | 5E | 12e | 7E-3 spec
    | v1.0.0-beta.2 | PO #00417 | INV-0012/26 | Ref.: 4711.0 | §§ 5, 6 BGB | Art. 3 §2 | ¶ see below | 20 °C | ±5 % | 3×4 m | ½ day
    | Température : 20 °C | C’est où ? | Déjà-vu… | « Oui », dit-elle | ¿Y mañana? ¡Sí! | Não há — só amanhã | Größe „M“ | Tschüß!
    | Så är det | Mødes kl. 9 | Kõik läbi | Žádné změny | Łączność ok | Így lesz | Îți scriu | Ще раз | Ъгъл | Обсуждали НДС 20%
    | Ναι; | Tamam, görüşürüz | 了解です。 | 請回電！ | 확인했음 | Gọi lại | ติดต่อกลับ | फिर से कॉल करें | اتصل غداً | میخواهم/می‌خواهم
    | להתקשר | 👍🏽 agreed | ❤️ the demo | 🇫🇷 market | 👩‍👩‍👧 family plan | :-) | ;-) | <3 | ¯\\_(ツ)_/¯ | TBD | ? | ??? | !
    | See https://example.com/?q=a%20b&c=%C3%A9#top | mail to ana@example.com | C:\\Users\\Public\\notes.txt | {{first_name}} | [x] done | (none yet)
    | no value for us | nothing to clear | None of them answered | NULL hypothesis | N/A until May | nan bread lovers | Error 404 on site | #hashtag #b2b
    | -5 to +3 | +1 from Finance | - one - two | * star | = same as above | @ana please check | 1st: call; 2nd: mail | 12:30–13:00
    | 2026-03-01 | 01.03.2026 | 3/1/26 | ABC\tDEF | ½ + ¼ | Ω ≈ 5 | Ⅷ | № 5 | ™ ® © | 1 000 000 | 1’000’000 | 10^6 | O₂ & CO₂
  `),
};
