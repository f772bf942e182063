/**
 * People by region, so that name, place and phone number agree. A name in another script carries its Latin form
 * after a colon, which its e-mail address and profile URL are made of.
 */
export interface Region {
  first: readonly string[];
  last: readonly string[];
  places: readonly string[];
  /** Country code and the first digits of a mobile number; `digits` more follow. */
  phone: string;
  digits: number;
}

const words = (text: string) => text.split(', ');

export const REGIONS: readonly Region[] = [
  {
    first: words('José, María, Íñigo, Lucía, Álvaro, Núria'),
    last: words('García, Núñez, Fernández, Ibáñez, Ortega, Peña'),
    places: ['Madrid, Spain', 'Barcelona, Spain', 'Málaga, Spain'],
    phone: '+346',
    digits: 8,
  },
  {
    first: words('Zoë, Lars, Anneke, Daniël, Maartje, Bram'),
    last: words('van der Berg, de Vries, Jansen, Bakker, ter Horst, Visser'),
    places: ['Amsterdam, Netherlands', 'Utrecht, Netherlands', 'Eindhoven, Netherlands'],
    phone: '+316',
    digits: 8,
  },
  {
    first: words('Søren, Åse, Freja, Mads, Ida, Jørgen'),
    last: words('Sørensen, Nielsen, Østergaard, Møller, Kjær, Holm'),
    places: ['Copenhagen, Denmark', 'Aarhus, Denmark', 'Odense, Denmark'],
    phone: '+4520',
    digits: 6,
  },
  {
    first: words("Aoife, Seán, Siobhán, Conor, Niamh, D'Arcy"),
    last: words("O'Brien, O'Connor, Murphy, Ní Dhomhnaill, Byrne, Fitzgerald"),
    places: ['Dublin, Ireland', 'Cork, Ireland', 'Galway, Ireland'],
    phone: '+35385',
    digits: 7,
  },
  {
    first: words('伟:Wei, 芳:Fang, 娜:Na, 敏:Min, 静:Jing, 强:Qiang'),
    last: words('李:Li, 王:Wang, 张:Zhang, 刘:Liu, 陈:Chen, 杨:Yang'),
    places: ['Shanghai, China', 'Shenzhen, China', 'Beijing, China'],
    phone: '+86138',
    digits: 8,
  },
  {
    first: words('Jürgen, Anja, Björn, Käthe, Lukas, Grete'),
    last: words('Müller, Groß, Schäfer, Böhm, Weiß, Krüger'),
    places: ['Berlin, Germany', 'München, Germany', 'Köln, Germany'],
    phone: '+49151',
    digits: 8,
  },
  {
    first: words('Grace, Ethan, Mary-Ann, Tyler, Aaliyah, Wyatt'),
    last: words('Johnson, Smith-Jones, McAllister, Washington, Nguyen, Rivera'),
    places: ['New York, NY', 'Austin, TX', 'San Francisco, CA'],
    phone: '+120255501',
    digits: 2,
  },
  {
    first: words('François, Chloé, Hélène, Loïc, Anaïs, Benoît'),
    last: words("Lefèvre, D'Alembert, Dubois, Gauthier, Mercier, Noël"),
    places: ['Paris, France', 'Lyon, France', 'Besançon, France'],
    phone: '+336',
    digits: 8,
  },
  {
    first: words('Łukasz, Małgorzata, Paweł, Zofia, Grażyna, Jan'),
    last: words('Wójcik, Kowalski, Dąbrowska, Żak, Lewandowska, Nowak'),
    places: ['Warszawa, Poland', 'Kraków, Poland', 'Łódź, Poland'],
    phone: '+48501',
    digits: 6,
  },
  {
    first: words('Priya, Arjun, Ananya, Rahul, Divya, Vikram'),
    last: words('Sharma, Iyer, Patel, Reddy, Chatterjee, Singh'),
    places: ['Bengaluru, India', 'Mumbai, India', 'Pune, India'],
    phone: '+9198',
    digits: 8,
  },
  {
    first: words('Chinwe, Tunde, Adaeze, Kọ́lá, Ngozi, Emeka'),
    last: words('Okafor, Adébáyọ̀, Eze, Balogun, Nwosu, Okonkwo'),
    places: ['Lagos, Nigeria', 'Abuja, Nigeria', 'Ibadan, Nigeria'],
    phone: '+234803',
    digits: 7,
  },
  {
    first: words('さくら:Sakura, 健太:Kenta, 結衣:Yui, 大輔:Daisuke, 陽菜:Hina, 翔:Sho'),
    last: words('佐藤:Sato, 鈴木:Suzuki, 高橋:Takahashi, 田中:Tanaka, 渡辺:Watanabe, 伊藤:Ito'),
    places: ['Tokyo, Japan', 'Osaka, Japan', 'Sapporo, Japan'],
    phone: '+8190',
    digits: 8,
  },
];

export const TITLES = words(
  'CEO, CFO, CTO, VP Sales, VP Engineering, SVP Marketing, Head of Procurement, Director of Operations, Account Executive, Product Manager, Senior Buyer, IT Manager, Founder, Office Manager, Data Analyst, Geschäftsführer',
);
export const DOMAINS = words('example.com, example.org, example.net, mail.example.com, corp.example.org');
export const SOURCES = words('import, form, enrichment, manual, event');
export const INTERESTS = words('Pricing, Integrations, Security, Reporting, Mobile, Onboarding');
export const NOTES = [
  'Met at the spring fair; asked for a quote.',
  'Prefers e-mail.\nCall only after 14:00.',
  'Says "send the deck, then we talk".',
  'Budget is decided in Q3, with procurement.',
];
