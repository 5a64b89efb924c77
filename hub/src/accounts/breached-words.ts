/**
 * What leaked password lists are made of, in few words: the words and walks over the keyboard that people begin with,
 * and what they put behind them. Every pair of the two is a password that guessers try first.
 */

const WORDS = `
password passwort passw0rd motdepasse motdepass secret azerty azertyuiop qwerty qwertyuiop qwertz qwertzuiop asdfgh
asdfghjkl zxcvbn zxcvbnm wxcvbn letmein letmein welcome bienvenue bonjour salut hello hallo soleil sunshine monday
lundi friday vendredi summer sommer winter hiver spring printemps autumn automne january janvier february fevrier
march april avril august october octobre november december decembre admin administrator administrateur root toor
master maitre login logon access acces system systeme default changeme changeit change temp temporary provisoire test
tester testing guest invite user username utilisateur operator operateur service support security securite camera
cameras caméra video axis axiscamera axisaxis onvif vapix station milestone genetec surveillance viewer recorder
iloveyou jetaime loveyou lovely love amour mylove monamour forever toujours princess princesse prince king queen angel
ange diamond crystal golden silver purple orange yellow green black white blue monkey dragon tiger lion eagle falcon
phoenix panther wolf bear shadow ghost ninja samurai pirate warrior knight legend killer hunter ranger rangers soldier
football footballer soccer baseball basketball hockey tennis golf volley rugby running cycling racing ferrari porsche
mercedes bmwbmw renault peugeot citroen toyota honda yamaha suzuki harley mustang corvette camaro chevrolet batman
superman spiderman ironman starwars skywalker pokemon pikachu mario zelda minecraft fortnite warcraft counter gaming
gamer player matrix computer ordinateur internet network reseau server serveur wireless router switch cisco linksys
netgear windows microsoft apple google facebook instagram twitter linkedin amazon samsung nokia iphone android
michael jennifer jessica ashley amanda daniel charlie thomas robert andrew anthony matthew joshua jordan michelle
nicole patrick richard william george harry oliver sophie marie julie camille nicolas alexandre alexander julien
maxime guillaume vincent philippe pierre jacques martin bernard isabelle caroline stephanie sandrine christine
nathalie valerie francois laurent olivier sebastien maggie buster bailey ginger pepper cookie chocolate chocolat
cheese fromage banana cherry peach apple strawberry coffee pizza burger bubbles flower fleur rainbow butterfly
papillon dolphin kitty kitten doudou loulou chouchou doudoune minou nounours toutou maman papa mommy daddy family
famille friends friendship friend buddy baby babygirl babyboy sister brother freedom liberte liberty america france
paris marseille lyon london londres berlin madrid barcelona liverpool chelsea arsenal manchester juventus realmadrid
europe canada quebec sweden lund stockholm newyork boston chicago dallas texas florida california hawaii jamaica
mexico brazil trustno trustnoone whatever nothing everything something blessed jesus jesuschrist heaven heavenly
church godisgood money million lottery lucky fortune success winner number one first company entreprise business
office bureau manager director directeur finance school ecole student teacher college university hospital doctor
nurse police fireman chicken turkey horse cheval rabbit lapin mouse souris birdie snoopy garfield tigger disney
mickey minnie donald goofy cinderella abcdef abcdefgh abcdefghij abcd abcabc aaaaaa
` as const;

const ENDS = `
1 2 7 9 11 12 13 21 22 23 69 77 88 99 00 01 02 05 07 10 007 101 111 123 234 321 456 666 777 789 911 999 1234 4321
2468 1111 2222 0000 1212 1313 1990 1995 1998 1999 2000 2001 2005 2010 2015 2018 2019 2020 2021 2022 2023 2024 2025
2026 2027 12345 54321 11111 00000 123456 654321 111111 000000 123123 1234567 12345678 123456789 1234567890 ! !! !!! .
? # $ * 1! 12! 123! 1234! 12345! 2023! 2024! 2025! 2026! @1 @12 @123 @1234 @12345 #1 #123 _1 _123 -123 .123 abc abc123
`;

/** Walks over the keyboard, and what else is common and has no word in it. */
const WALKS = `
1234567890 0123456789 0987654321 9876543210 12345678910 123456789012 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qazwsxedcrfv
qazwsxedc1 qwerasdfzxcv zaq12wsxcde3 1qazxsw23edc q1w2e3r4t5 q1w2e3r4t5y6 a1b2c3d4e5 a1z2e3r4t5 azerty1234 azertyuiop1
qsdfghjklm aqwzsxedc1 1234qwerasdf 1234567890- 123456789a 123456789q a123456789 q123456789 123qweasdzxc 147258369
1472583690 159753456852 741852963 7418529630 789456123 7894561230 963852741 asdfghjkl; poiuytrewq lkjhgfdsa
mnbvcxz lkjhgfdsa1 zxcvbnm123 qwertyuiop[] 0102030405 010203040506 0123456789a 1122334455 112233445566 123123123123
1231231231 1212121212 1010101010 1029384756 5555555555 0000000000 9999999999 987654321a adgjmptw adgjmptw1 correcthorse
correcthorsebatterystaple opensesame opensesame1 sesameouvretoi trustno1trustno1 thisisapassword mypassword1
mypassword123 yourpassword newpassword1 newpassword123 password1password nopassword123 nopassword1 monmotdepasse
monmotdepasse1 lemotdepasse letmeinplease letmeinnow1 iloveyou12345 iloveyouso iloveyousomuch jetaimetrop
jetaimefort loveyouforever footballclub administrator1 superadmin1 superuser1 rootroot12 adminadmin1 admin@admin
admin123admin testtest12 test1234test welcometo1 welcomehome welcome2fyr passwordfyr fyrfyrfyrfyr
`;

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function* everyOne(): Generator<string> {
  const ends = words(ENDS);
  for (const word of words(WORDS)) {
    yield word;
    yield word + word;
    for (const end of ends) yield word + end;
  }
  yield* words(WALKS);
}

/** In lower case, each once. Shorter ones than we allow are left out. */
export const breachedWords = (shortest: number): ReadonlySet<string> =>
  new Set([...everyOne()].filter((word) => word.length >= shortest));
