/** Given names and surnames of many languages in their own script with the ASCII spelling that user names take. */

/** A name in its own script and in lower-case ASCII letters. */
export interface SpelledName {
  readonly native: string;
  readonly ascii: string;
}

/** The people of one region: names and the places and numbers that go with them. */
interface Locale {
  readonly language: string;
  readonly country: string;
  readonly countryName: string;
  readonly city: string;
  readonly state: string;
  readonly street: string;
  readonly phonePrefix: string;
  readonly familyNameFirst: boolean;
  readonly given: readonly SpelledName[];
  readonly surnames: readonly SpelledName[];
}

/** Reads `Анна=anna Ольга=olga Bruno`; a name without `=` is ASCII already. */
function names(text: string): SpelledName[] {
  return text.split(' ').map((item) => {
    const [native = '', ascii = native.toLowerCase()] = item.split('=');
    return { native, ascii };
  });
}

type Place = Omit<Locale, 'given' | 'surnames' | 'familyNameFirst'>;

function locale(place: Place, given: string, surnames: string, familyNameFirst = false): Locale {
  return { ...place, familyNameFirst, given: names(given), surnames: names(surnames) };
}

const place = (
  language: string,
  countryName: string,
  city: string,
  state: string,
  street: string,
  phonePrefix: string,
): Place => ({ language, country: language.slice(3), countryName, city, state, street, phonePrefix });

/** The regions that generated people come from. */
const LOCALES: readonly Locale[] = [
  locale(
    place('en-US', 'United States', 'Redmond', 'WA', 'Pine Street', '+1 425 555'),
    'James Mary Robert Patricia Michael Linda David Barbara William Susan Grace Oscar Adele Isaiah Megan Lee Debra Patti',
    "Smith Johnson Brown Miller Davis Wilson Moore Taylor Thomas Jackson Vance Langer Bowen Berger Gu Fernandez O'Neil=oneil Ward",
  ),
  locale(
    place('de-DE', 'Germany', 'München', 'Bayern', 'Königstraße', '+49 89 5550'),
    'Jürgen=juergen Björn=bjoern Käthe=kaethe Anneliese Matthias Ursula Günther=guenther Heike Stefan Jörg=joerg Silke Rüdiger=ruediger',
    'Müller=mueller Schäfer=schaefer Weiß=weiss Köhler=koehler Schröder=schroeder Fischer Wagner Hofmann Krüger=krueger Böhm=boehm Vogel Groß=gross',
  ),
  locale(
    place('fr-FR', 'France', 'Orléans', 'Centre-Val de Loire', 'Rue de la République', '+33 2 38 55 50'),
    'Élodie=elodie François=francois Zoé=zoe Jérôme=jerome Amélie=amelie Benoît=benoit Hélène=helene Cédric=cedric Maël=mael Chloé=chloe',
    "Lefèvre=lefevre Béranger=beranger Gagné=gagne Dupont Moreau Noël=noel Besançon=besancon Roux D'Aubigné=daubigne Guérin=guerin",
  ),
  locale(
    place('pl-PL', 'Poland', 'Łódź', 'łódzkie', 'ulica Piotrkowska', '+48 42 555'),
    'Łukasz=lukasz Małgorzata=malgorzata Michał=michal Zofia Jędrzej=jedrzej Grażyna=grazyna Wiesława=wieslawa Stanisław=stanislaw',
    'Wiśniewski=wisniewski Wójcik=wojcik Zieliński=zielinski Dąbrowski=dabrowski Łukaszewicz=lukaszewicz Żak=zak Kowalczyk Świątek=swiatek',
  ),
  locale(
    place('cs-CZ', 'Czechia', 'Plzeň', 'Plzeňský kraj', 'Třída Míru', '+420 377 555'),
    'Jiří=jiri Zdeněk=zdenek Božena=bozena Růžena=ruzena Ondřej=ondrej Šárka=sarka Tomáš=tomas Kateřina=katerina',
    'Dvořák=dvorak Černý=cerny Procházka=prochazka Kučera=kucera Veselý=vesely Horák=horak Němec=nemec Říha=riha',
  ),
  locale(
    place('tr-TR', 'Türkiye', 'İzmir', 'İzmir', 'Atatürk Caddesi', '+90 232 555'),
    'Çağla=cagla Özgür=ozgur Gülşen=gulsen İbrahim=ibrahim Işıl=isil Şükrü=sukru Ayşe=ayse Tuğçe=tugce',
    'Yılmaz=yilmaz Öztürk=ozturk Şahin=sahin Çelik=celik Yıldız=yildiz Aydın=aydin Güneş=gunes Koç=koc',
  ),
  locale(
    place('vi-VN', 'Vietnam', 'Đà Nẵng', 'Đà Nẵng', 'Đường Bạch Đằng', '+84 236 555'),
    'Dũng=dung Hương=huong Thảo=thao Tuấn=tuan Phượng=phuong Đức=duc Hạnh=hanh Quỳnh=quynh',
    'Nguyễn=nguyen Trần=tran Lê=le Phạm=pham Hoàng=hoang Vũ=vu Đặng=dang Bùi=bui',
    true,
  ),
  locale(
    place('ru-RU', 'Russia', 'Новосибирск', 'Новосибирская область', 'улица Ленина', '+7 383 555'),
    'Дмитрий=dmitriy Анна=anna Сергей=sergey Ольга=olga Юлия=yuliya Пётр=petr Наталья=natalya Фёдор=fedor Ксения=kseniya Игорь=igor',
    'Иванов=ivanov Смирнова=smirnova Кузнецов=kuznetsov Попова=popova Соколов=sokolov Лебедева=lebedeva Щукин=shchukin Жуков=zhukov Цветаева=tsvetaeva Орлов=orlov',
  ),
  locale(
    place('el-GR', 'Greece', 'Θεσσαλονίκη', 'Μακεδονία', 'Οδός Εγνατία', '+30 231 055'),
    'Γιώργος=giorgos Ελένη=eleni Νίκος=nikos Κατερίνα=katerina Δημήτρης=dimitris Σοφία=sofia Χρήστος=christos Άννα=anna',
    'Παπαδόπουλος=papadopoulos Γεωργίου=georgiou Οικονόμου=oikonomou Βασιλείου=vasileiou Νικολαΐδης=nikolaidis Αλεξίου=alexiou Ζαφείρη=zafeiri Ιωάννου=ioannou',
  ),
  locale(
    place('zh-CN', 'China', '上海', '上海市', '南京东路', '+86 21 5550'),
    '伟=wei 芳=fang 娜=na 敏=min 静=jing 磊=lei 强=qiang 秀英=xiuying 建国=jianguo 晓燕=xiaoyan',
    '王=wang 李=li 张=zhang 刘=liu 陈=chen 杨=yang 黄=huang 赵=zhao 周=zhou 吴=wu',
    true,
  ),
  locale(
    place('ja-JP', 'Japan', '大阪', '大阪府', '御堂筋', '+81 6 5550'),
    '太郎=taro 花子=hanako 健=ken 美咲=misaki 翔太=shota 由美=yumi 直樹=naoki さくら=sakura',
    '佐藤=sato 鈴木=suzuki 高橋=takahashi 田中=tanaka 渡辺=watanabe 伊藤=ito 山本=yamamoto 小林=kobayashi',
    true,
  ),
  locale(
    place('ar-EG', 'Egypt', 'القاهرة', 'القاهرة', 'شارع التحرير', '+20 2 5550'),
    'محمد=mohamed فاطمة=fatma أحمد=ahmed مريم=mariam عمر=omar نور=nour خالد=khaled ليلى=layla',
    'حسن=hassan إبراهيم=ibrahim السيد=elsayed منصور=mansour عبدالله=abdallah فاروق=farouk سالم=salem نجار=naggar',
  ),
  locale(
    place('he-IL', 'Israel', 'חיפה', 'חיפה', 'רחוב הרצל', '+972 4 555'),
    'יוסי=yossi רחל=rachel דוד=david מיכל=michal אבי=avi תמר=tamar',
    'כהן=cohen לוי=levi מזרחי=mizrahi פרץ=peretz ביטון=biton אזולאי=azoulay',
  ),
  locale(
    place('hi-IN', 'India', 'पुणे', 'महाराष्ट्र', 'महात्मा गांधी मार्ग', '+91 20 5550'),
    'अमित=amit प्रिया=priya राहुल=rahul सुनीता=sunita विजय=vijay कविता=kavita अर्जुन=arjun दीपा=deepa',
    'शर्मा=sharma वर्मा=verma गुप्ता=gupta पटेल=patel सिंह=singh कुमार=kumar जोशी=joshi देशपांडे=deshpande',
  ),
  locale(
    place('ko-KR', 'Korea', '서울', '서울특별시', '세종대로', '+82 2 5550'),
    '민준=minjun 서연=seoyeon 지훈=jihoon 지우=jiwoo 현우=hyunwoo 수진=sujin',
    '김=kim 박=park 최=choi 정=jung 강=kang 윤=yoon',
    true,
  ),
];

/** One way to call a person: indexes into {@link LOCALES} and its lists. */
export interface FullName {
  readonly locale: Locale;
  readonly given: SpelledName;
  readonly surname: SpelledName;
}

/** Every pair of a given name and a surname of the same region, each ASCII spelling once, and the way back. */
export class NameTable {
  readonly #names: FullName[] = [];
  readonly #bySpelling = new Map<string, number>();

  constructor() {
    for (const region of LOCALES) {
      for (const given of region.given)
        for (const surname of region.surnames) this.#add({ locale: region, given, surname });
    }
  }

  get size(): number {
    return this.#names.length;
  }

  at(position: number): FullName {
    const name = this.#names[position];
    if (name === undefined) throw new RangeError(`no name at position ${position}`);
    return name;
  }

  /** The position of `given.surname`, or -1. */
  positionOf(spelling: string): number {
    return this.#bySpelling.get(spelling) ?? -1;
  }

  #add(name: FullName): void {
    const spelling = `${name.given.ascii}.${name.surname.ascii}`;
    if (this.#bySpelling.has(spelling)) return;
    this.#bySpelling.set(spelling, this.#names.length);
    this.#names.push(name);
  }
}
