"""Words, letters and endings that tell a language: everyday function words, and the words of a help desk."""

# Words in lower case; an elided article keeps its apostrophe ("l'").
WORDS = {
    "en": """the and you that for are with have this not but from your can will would please thank thanks it is was
        were be been has had do does did doesn't don't didn't can't cannot won't isn't i'm i i've it's i'd we
        they he she my our their me us them what when where which who how why there here any some all no yes out
        up about into over after before because so if then than just only very more most other also now new
        again still hello hi dear regards printer password computer working work works problem screen mouse
        keyboard account login error help need needs open opened broken to of in on at by as an or get got
        getting message email network access file folder meeting phone call could should since anymore longer
        connect connection reset locked blank page monitor slow today yesterday tomorrow week months team issue
        fixed fine great perfect stopped jam jammed replace update denied morning boot boots starting employee
        license expired expires sign signed unable cable room desk office keys key laptop headset dock docking
        stays black white noise charge charging battery crashes won try tried keeps every time want know send
        sent received attached see let order install installed""",
    "de": """der die das und ist nicht ich sie wir ihr es ein eine einen einem einer mit auf für von zu zum zur im in
        den dem des dass wie was wer wo wenn aber oder auch noch nur schon sehr mehr bei nach aus an am um vor
        über unter durch gegen ohne bis seit kann können könnte könnten habe hat haben hatte wird werden wurde
        worden war waren sind bin bist mein meine meinen meinem meiner unser unsere ihre ihren ihrem kein keine
        keinen mich mir uns ihnen bitte danke vielen dank hallo guten tag morgen geehrte geehrter geehrten damen
        herren liebe lieber drucker passwort kennwort rechner bildschirm maus tastatur konto anmelden anmeldung
        fehler fehlermeldung hilfe brauche benötige geht gehen funktioniert funktionieren kaputt defekt datei
        ordner netzwerk zugang zugriff telefon jetzt wieder immer heute gestern leider läuft startet druckt
        gesperrt neu neuer neue neues neuen alles nochmal gelöst klappt problem kollege kollegin nichts etwas
        dann damit diese dieser dieses diesen dort hier gibt man mal ja nein doch gern gerne grüße gruß
        freundlichen mailen melden öffnen lässt sich steht seite hängt langsam zurücksetzen monitor laptop
        installieren einrichten bekomme schwarz bleibt stürzt abgestürzt ab mitarbeiter mitarbeiterin zeigt weiß
        blau kabel raum büro schlüssel lizenz abgelaufen jemand schicken bitten morgens ganz genau ok warte
        schnell fehlt gesendet anhang anbei""",
    "fr": """le la les un une des de du et est pas ne je vous nous il elle ils elles on que qui quoi dans pour sur
        avec sans par au aux ce cette ces cet mon ma mes votre vos notre nos son sa ses leur leurs plus moins
        très mais ou où donc car si comme quand depuis encore toujours déjà aussi bien tout tous toute suis êtes
        sont ai avons avez ont été être avoir fait faire peut peux pouvez pourriez merci bonjour bonsoir salut
        cordialement madame monsieur svp imprimante mot passe ordinateur écran souris clavier compte connexion
        connecter erreur aide besoin marche marchent fonctionne fonctionnent panne fichier dossier réseau accès
        téléphone maintenant nouveau nouvelle problème message ouvrir impossible rien quelque chose plaît reste
        noir plante démarrage employé employée nouvel partir lent bureau clé licence expiré casque câble matin
        quelqu'un s' l' d' j' n' c' qu' m' aujourd'hui hier demain lundi mardi réinitialiser bloqué page envoyer
        reçu ci-joint voici voilà oui non y me te se en""",
    "it": """il lo la gli le i un una uno di del della dello dei degli delle e è non che chi cosa in nel nella nei
        con su sul sulla per da dal dalla al alla agli alle ai sono sei siamo siete hanno ho hai ha abbiamo
        avete era erano essere stato stata fare fatto può posso potete potrebbe mi ti ci vi si lei lui noi voi
        loro mio mia miei mie suo sua vostro vostra nostro nostra questo questa questi queste quello più molto
        ma o anche ancora sempre già quando dove come perché se grazie buongiorno buonasera salve ciao gentile
        cordiali saluti prego stampante password computer schermo mouse tastiera conto account accesso accedere
        errore aiuto bisogno funziona funzionano rotto rotta file cartella rete telefono adesso ora nuovo nuova
        problema messaggio aprire riesco niente nulla qualcosa oggi ieri domani lunedì bloccato bloccata lento
        stampa stampare pagina inviare ricevuto allegato ecco rimane nero blocca avvio dipendente ufficio chiave
        licenza scaduta cavo cuffie stamattina qualcuno sì no l' c' dell' nell' un' all' dall' po' tutto""",
    "es": """el la los las un una unos unas de del y es no que qué en con por para sin sobre al lo le les me te se
        nos su sus mi mis tu tus nuestro nuestra este esta estos estas ese esa eso esto más muy pero o también
        todavía aún siempre ya cuando cuándo donde dónde como cómo porque si sí está están estoy estamos son soy
        somos fue ha han he hemos había ser estar hacer hecho puede puedo pueden podría podrían tengo tiene
        tenemos hay gracias hola buenos buenas días tardes estimado estimada saludos favor impresora contraseña
        ordenador computadora pantalla ratón teclado cuenta acceso acceder error ayuda necesito funciona
        funcionan roto rota archivo carpeta red teléfono ahora nuevo nueva problema mensaje correo abrir nada
        algo hoy ayer mañana lunes bloqueado bloqueada lento imprime imprimir página enviar recibido adjunto
        desde hasta otra otro vez cada todo todos usted ustedes""",
    "pt": """o a os as um uma uns umas de do da dos das e é não que em no na nos nas com por para sem sobre ao à aos
        pelo pela lhe me te se nós seu sua seus suas meu minha meus minhas nosso nossa este esta estes isto esse
        essa isso mais muito mas ou também ainda sempre já quando onde como porque está estão estou estamos são
        sou foi tem têm tenho temos ser estar fazer feito pode posso podem poderia obrigado obrigada olá bom boa
        dia tarde caro cara prezado prezados cumprimentos favor impressora senha palavra-passe computador ecrã
        tela rato teclado conta acesso acessar aceder erro ajuda preciso funciona funcionam ficheiro arquivo
        pasta rede telefone telemóvel agora novo nova problema mensagem abrir nada algo hoje ontem amanhã
        segunda bloqueado bloqueada lento imprime imprimir página enviar recebido anexo desde até outra outro
        vez cada tudo todos você vocês consigo""",
    "nl": """de het een en is niet ik jij je u wij we zij ze hij van voor met op aan in uit bij naar om door over
        onder tegen zonder tot sinds dat die dit deze wat wie waar wanneer hoe als maar of ook nog alleen al
        zeer meer heel kan kunnen kunt kon zou zouden heb heeft hebben had wordt worden werd was waren zijn ben
        bent mijn onze ons jullie uw geen mij hun hen er graag alstublieft aub bedankt dank hallo goedemorgen
        goedemiddag beste geachte groet groeten vriendelijke printer wachtwoord computer scherm muis toetsenbord
        account inloggen fout foutmelding hulp nodig werkt werken kapot bestand map netwerk toegang telefoon nu
        nieuw nieuwe weer altijd vandaag gisteren morgen helaas doet langer vast traag pagina sturen ontvangen
        bijlage openen krijg lukt niets iets""",
    "pl": """i w z na do nie że się jest są to jak co kto gdzie kiedy czy ale lub albo oraz też także jeszcze tylko
        już bardzo więcej przy po od za dla pod nad przez bez o u ze we ten ta te tego tej tym tych tą mój moja
        moje mojego mojej nasz nasza pan pani panu państwo mnie mi nas nam go jej ich im ja my on ona oni mam ma
        masz mamy macie mają był była było były być może mogę można mogą prosić proszę dziękuję dzięki dzień
        dobry witam cześć szanowni pozdrawiam drukarka drukarki drukuje hasło hasła komputer komputera ekran
        mysz klawiatura konto konta logowanie zalogować błąd błędu pomoc pomocy potrzebuję działa działają
        zepsuty zepsuta plik pliku folder sieć sieci dostęp dostępu telefon teraz nowy nowa nowe problem
        wiadomość otworzyć nic coś dziś dzisiaj wczoraj jutro zablokowane wolno strona wysłać otrzymałem
        załącznik załączeniu znowu zawsze nadal chciałbym chciałabym sobie który która które jednak jeśli żeby
        czarny zawiesza starcie pracownik pracownika biuro klucz licencja wygasła kabel rano ktoś tak""",
    "da": """og i at det er en et den til på med for af ikke jeg du vi de han hun som har kan skal vil blev blive
        bliver var være været fra om men eller også endnu kun så meget mere ved efter over under mod uden indtil
        siden hvad hvem hvor hvornår hvordan når min mit mine vores jeres din dit dine ingen intet mig os jer
        dem der her denne dette disse nogen noget alle alt tak hej goddag kære venlig hilsen mvh venligst
        printer printeren adgangskode kodeord computer computeren skærm skærmen mus tastatur konto logge login
        fejl fejlmeddelelse hjælp hjælpe brug behov virker virke gået stykker defekt fil mappe netværk adgang
        telefon nu ny nyt nye problem besked åbne igen altid dag går desværre låst langsom side sende modtaget
        vedhæftet kunne ville skulle havde få får nulstille bare hvis længere kommer lige jo slet udskrive gerne
        bruge sort ind ud op ned opstart crasher medarbejder kontor nøgle licens udløbet kabel morges nogle
        tændes starter blevet lavet sendt glemt hedder bedste hilsner""",
    "no": """og i at det er en et ei den til på med for av ikke jeg du vi dere de han hun som har kan skal vil ble
        bli blir var være vært fra om men eller også ennå enda kun bare så mye mer ved etter over under mot uten
        inntil siden hva hvem hvor når hvordan min mitt mine vår vårt våre din ditt dine ingen meg oss dem der
        her denne dette disse noen noe alle alt takk hei kjære vennlig hilsen mvh vennligst skriver skriveren
        passord passordet datamaskin datamaskinen skjerm skjermen mus tastatur konto logge feil feilmelding
        hjelp hjelpe trenger virker fungerer ødelagt fil mappe nettverk tilgang telefon nå ny nytt nye problem
        melding åpne igjen alltid dag går dessverre låst treg side sende mottatt vedlagt kunne ville skulle
        hadde få får tilbakestille lenger kommer vedlegg hvis gjerne bruke""",
    "sv": """och i att det är en ett den till på med för av inte jag du vi ni de han hon som har kan ska skall vill
        blev bli blir var vara varit från om men eller också även ännu bara så mycket mer vid efter över under
        mot utan tills sedan vad vem när hur min mitt mina vår vårt våra din ditt dina ingen inget mig oss er
        dem där här denna detta dessa någon något alla allt tack hej kära vänlig vänliga hälsning hälsningar mvh
        vänligen skrivare skrivaren lösenord lösenordet dator datorn skärm skärmen mus tangentbord konto logga
        fel felmeddelande hjälp hjälpa behöver fungerar funkar trasig fil mapp nätverk åtkomst telefon nu ny
        nytt nya problem meddelande öppna igen alltid idag går tyvärr låst långsam sida skicka mottagit bifogat
        kunde skulle hade få får återställa längre kommer gärna använda""",
    "fi": """ja on ei se että en et emme ette eivät olen olet olemme ovat oli olivat olla ollut minä sinä hän me te
        he minun meidän teidän tämä tämän nämä tuo mikä mitä missä milloin miten kun jos mutta tai myös vielä
        vain niin paljon enemmän kanssa jälkeen ennen ilman kuin koska joka jotka voi voin voitko voisitko
        kiitos hei moi hyvä terveisin ystävällisin tulostin tulostimen salasana salasanan tietokone kone näyttö
        hiiri näppäimistö tili kirjautua kirjautuminen virhe apua tarvitsen toimi toimii rikki tiedosto kansio
        verkko pääsy puhelin nyt uusi ongelma viesti avata taas aina tänään eilen huomenna lukittu hidas sivu
        lähettää enää mitään jotain saa saan nollata ole olisi sen sitä siitä""",
    "cs": """a v na se je že to z s do o i k za pro ale jak jako co kdo kde kdy po od při nebo také ještě jen už
        velmi více bez přes pod nad jsem jsi jsme jste jsou byl byla bylo byli být mám má máme máte mají může
        mohu můžete prosím děkuji díky dobrý den ahoj vážený vážená pozdravem zdravím můj moje náš naše vám vás
        mi mě nám tento tato toto ten ta které který která tiskárna tiskárny tiskne heslo hesla počítač
        obrazovka myš klávesnice účet přihlásit přihlášení chyba chybu pomoc potřebuji nefunguje funguje rozbitý
        soubor složka síť přístup telefon teď nyní nový nová nové problém zpráva zprávu otevřít nic něco dnes
        včera zítra zamčený pomalý stránka poslat přílohu příloze znovu stále nejde nemohu nemůžu""",
    "sk": """a v na sa je že to z s do o i k za pre ale ako čo kto kde kedy po od pri alebo tiež ešte len už veľmi
        viac bez cez pod nad som si sme ste sú bol bola bolo boli byť mám má máme máte majú môže môžem môžete
        prosím ďakujem vďaka dobrý deň ahoj vážený pozdravom môj moja moje náš naše vám vás mi mňa nám tento
        táto toto ten tá ktoré ktorý ktorá tlačiareň tlačiarne heslo počítač obrazovka myš klávesnica účet
        prihlásiť chyba chybu pomoc potrebujem nefunguje funguje pokazený súbor priečinok sieť prístup telefón
        teraz nový nová nové problém správa správu otvoriť nič niečo dnes včera zajtra stránka poslať prílohe
        znova stále nejde nemôžem""",
    "hu": """a az és hogy nem is egy van volt lesz vagyok vagyunk vannak de ha mert mint csak már még nagyon több
        vagy meg ez ezt azt ami aki hol mikor hogyan miért kell kellene tudom tudok tud lehet kérem köszönöm
        köszönettel szia üdv tisztelt üdvözlettel jó napot nyomtató nyomtatóm jelszó jelszavam számítógép gép
        képernyő egér billentyűzet fiók bejelentkezni bejelentkezés hiba hibaüzenet segítség segítséget
        szükségem működik elromlott fájl mappa hálózat hozzáférés telefon most új probléma üzenet megnyitni újra
        mindig ma tegnap holnap lassú oldal küldeni nekem nekünk én mi ön önök sem nincs semmi valami""",
    "ro": """și si în in la de cu nu pe că ca este sunt e a o un una din pentru mai dar sau ce cine unde când cum
        dacă după până fără am ai are avem aveți au fost fi poate pot puteți aș vă îmi mă mi ne meu mea mele
        nostru noastră acest această aceste acesta foarte doar încă deja mulțumesc multumesc mulțumim bună buna
        ziua salut stimate stimată imprimanta imprimantă parola parolă calculatorul calculator ecran ecranul
        mouse tastatura cont contul autentificare eroare ajutor nevoie funcționează merge stricat fișier
        fișierul folder rețea acces telefon acum nou nouă problemă problema mesaj deschide nimic ceva azi ieri
        mâine blocat lent pagina trimite""",
    "tr": """ve bir bu da de için ile ne mi mı değil var yok çok daha ama gibi kadar sonra önce olarak olan oldu olur
        ben sen biz siz o benim bizim sizin bana size bize merhaba selam teşekkürler teşekkür ederim lütfen iyi
        günler sayın saygılarımla yazıcı yazıcım şifre şifremi parola bilgisayar bilgisayarım ekran fare klavye
        hesap giriş hata yardım çalışmıyor çalışıyor bozuk dosya klasör ağ erişim telefon şimdi yeni sorun mesaj
        açılmıyor açamıyorum tekrar her bugün dün yarın yavaş sayfa göndermek istiyorum edemiyorum yapamıyorum
        hiç bunu şu""",
    "ru": """и в не на что я с он как это по но из у за от так же для бы вы мы мне меня нас нам вас вам его её их они
        она было был была есть быть уже еще ещё или если когда где кто чтобы до при только очень нет да все всё
        можно могу может спасибо пожалуйста здравствуйте привет добрый день уважением уважаемые принтер пароль
        компьютер экран мышь клавиатура учетная запись вход войти ошибка помощь помогите нужен нужно работает
        сломался файл папка сеть доступ телефон сейчас новый проблема сообщение письмо открыть открывается снова
        сегодня вчера завтра печатает мой моя этот эта к о после больше""",
    "uk": """і в не на що я з він як це по але із у за від так же для б ви ми мені мене нас нам вас вам його її їх
        вони вона було був була є бути вже ще або якщо коли де хто щоб до при тільки дуже ні все можна можу може
        дякую будь ласка вітаю привіт добрий день повагою шановні принтер пароль комп'ютер екран миша клавіатура
        обліковий вхід увійти помилка допомога допоможіть потрібен потрібно працює зламався файл папка мережа
        доступ телефон зараз новий проблема повідомлення лист відкрити знову сьогодні вчора завтра друкує мій
        моя цей та й після більше""",
    "bg": """и в не на че аз с той как това по но из за от така да се са съм сте сме ви ние ми мен нас вас го я ги те
        тя беше е бъде вече още или ако когато къде кой до при само много няма има всичко може мога благодаря
        моля здравейте привет добър ден уважение принтер принтерът парола компютър компютърът екран мишка
        клавиатура акаунт вход грешка помощ нужда трябва работи файл папка мрежа достъп телефон сега нов проблем
        съобщение отваря отново днес вчера утре моят моя този тази""",
    "sr": """и у не на да је се су сам смо сте ја он она ми ви ме мене нас вас га то ово али или ако када где ко шта
        како за од са до по из није нема има хвала молим здраво поздрав добар дан штампач лозинка рачунар екран
        миш тастатура налог грешка помоћ треба ради датотека мрежа приступ телефон сада нов проблем порука moj
        moja štampač lozinka računar""",
    "hr": """i u ne na da je se su sam smo ste ja on ona mi vi me mene nas vas ga to ovo ali ili ako kada kad gdje
        tko što kako za od sa s do po iz nije nema ima hvala molim bok pozdrav poštovani poštovanjem dobar dan
        pisač printer lozinka lozinku računalo ekran zaslon miš tipkovnica račun prijava prijaviti greška pomoć
        treba trebam radi datoteka mapa mreža pristup telefon sada novi nova problem poruka otvoriti opet danas
        jučer sutra moj moja moje više može mogu""",
    "sl": """in v ne na da je se so sem smo ste jaz on ona mi vi me mene nas vas ga to ali če ko kje kdo kaj kako za
        od z s do po iz ni nima ima hvala prosim pozdravljeni lep pozdrav spoštovani dober dan tiskalnik geslo
        računalnik zaslon miška tipkovnica račun prijava napaka pomoč potrebujem deluje dela datoteka mapa
        omrežje dostop telefon zdaj nov nova težava problem sporočilo odpreti spet danes včeraj jutri moj moja
        več lahko""",
    "et": """ja on ei see et ma ta me te nad mina minu meie teie mis kes kus millal kuidas kui aga või ka veel ainult
        väga rohkem ilma pärast enne oli olid olla olen saab saan tere aitäh tänan palun lugupidamisega printer
        parool arvuti ekraan hiir klaviatuur konto viga abi vaja tööta töötab fail kaust võrk ligipääs telefon
        nüüd uus probleem sõnum avada jälle täna eile homme leht enam midagi""",
    "lv": """un ir nav ka es viņš mēs jūs mans mana kas kur kad kā bet vai arī vēl tikai ļoti vairāk bez pēc pirms
        bija būt esmu var varu labdien paldies lūdzu sveiki cieņu printeris parole dators ekrāns pele tastatūra
        konts kļūda palīdzība vajag nepieciešams strādā darbojas nedarbojas fails mape tīkls piekļuve telefons
        tagad jauns problēma ziņojums atvērt atkal šodien vakar rīt lapa no uz ar par""",
    "lt": """ir yra nėra kad aš jis mes jūs mano kas kur kada kaip bet ar arba taip pat dar tik labai daugiau be po
        prieš buvo būti esu gali galiu laba diena ačiū prašau sveiki pagarbiai spausdintuvas slaptažodis
        kompiuteris ekranas pelė klaviatūra paskyra klaida pagalba reikia veikia neveikia failas aplankas
        tinklas prieiga telefonas dabar naujas problema žinutė atidaryti vėl šiandien vakar rytoj puslapis į iš
        su""",
    "ca": """el la els les un una uns de del dels i és no que en amb per sense sobre al als em et es ens seu seva meu
        meva nostre aquest aquesta aquests més molt però o també encara sempre ja quan on com perquè si està
        estan estic són soc ha han he hem fer fet pot puc poden gràcies hola bon dia salutacions sisplau
        impressora contrasenya ordinador pantalla ratolí teclat compte accés ajuda necessito funciona fitxer
        carpeta xarxa telèfon ara nou nova missatge obrir res avui ahir demà l' d' n' s' m'""",
    "id": """yang dan di ke dari ini itu untuk dengan tidak saya kami anda kita akan ada adalah bisa dapat sudah
        belum pada atau juga lagi tolong terima kasih mohon selamat pagi siang halo hormat printer kata sandi
        komputer layar akun masuk kesalahan bantuan butuh perlu rusak jaringan akses telepon sekarang baru
        masalah pesan buka membuka hari kemarin besok halaman karena jika tapi oleh seperti""",
    "vi": """và của là không có cho với được này đã tôi bạn chúng các một những trong khi từ đến người như thì mà
        cũng xin chào cảm ơn vui lòng máy in mật khẩu tính màn hình chuột bàn phím tài khoản đăng nhập lỗi giúp
        cần hoạt động hỏng tập tin thư mục mạng truy cập điện thoại mới vấn đề mở lại hôm nay qua trân trọng""",
    "is": """og að er ekki ég þú við það sem en um til með fyrir af frá hefur var eru vera mér þetta þessi takk halló
        góðan daginn kveðju prentari prentarinn lykilorð tölva tölvan skjár villa hjálp virkar bilaður skrá
        möppu netið sími nýr nýtt vandamál aftur í dag gær""",
    "sq": """dhe në për nga është nuk me një të që i e se jam kam ka faleminderit përshëndetje ju lutem printeri
        fjalëkalimi kompjuteri ndihmë punon problem""",
    "eu": """eta da ez bat du dut dira zen nire zure kaixo egun on eskerrik asko mesedez inprimagailua pasahitza
        ordenagailua laguntza behar funtzionatzen arazo""",
}

# Letters that tell, wherever they stand.
LETTERS = {
    "de": "ßäöü",
    "fr": "éèêçàùâîôûœë",
    "it": "àèìòù",
    "es": "ñáíóúé¿¡",
    "pt": "ãõçáâêóúíé",
    "nl": "ë",
    "pl": "łąęśżźćńó",
    "da": "æøå",
    "no": "øåæ",
    "sv": "åäö",
    "fi": "äö",
    "cs": "řěůčšžýáíéúťďň",
    "sk": "ľĺŕôčšžýáíéúťďňä",
    "hu": "őűáéíóöúü",
    "ro": "șțăâîşţ",
    "tr": "ğışçöü",
    "et": "õäöü",
    "lv": "āēīūļņķģčšž",
    "lt": "ėųįčšžąęū",
    "hr": "čćžšđ",
    "sl": "čšž",
    "ca": "çàèéíïòóú·",
    "vi": "đơưạảấầẩậắằặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửựỳỵỷỹ",
    "is": "ðþæöáéíóúý",
    "sq": "ëç",
}

# How longer words end.
ENDINGS = {
    "en": "tion ing ness ment able less ship ould ight sion ally",
    "de": "ung ungen keit heit lich isch schaft tion ieren iert chen",
    "fr": "tion ment eur euse aux ité ette ique oir ais ait ez",
    "it": "zione zioni mente aggio ità ezza ato ata are ere ire",
    "es": "ción ciones mente idad ado ada ando iendo dor",
    "pt": "ção ções mente idade ado ada ando endo dor ões",
    "nl": "heid lijk ing ijk eren atie isch ijn",
    "pl": "ość ości ować anie enie owy owa owe ego nych acja cja szy",
    "da": "hed else erne ende lig ning ere",
    "no": "het else ene ende lig ning ere",
    "sv": "het else arna erna ande lig ning are",
    "fi": "nen ssa ssä sta stä lla llä isen tään taan minen",
    "cs": "ost ování ání ení ého ový ová ých ství",
    "sk": "osť ovanie anie enie ého ový ová ých stvo",
    "hu": "ság ség nak nek ban ben val vel tás tés ból ből",
    "ro": "ție ții area ului ilor este ează",
    "tr": "lar ler yor iyor ıyor mek mak dır dir lık lik miyor mıyor",
    "ru": "ость ение ание ого ться ется ный ная ует",
    "uk": "ість ення ання ого тися ється ний ється",
    "bg": "ост ение ание ият ата ето ите",
    "id": "kan nya an",
    "et": "mine ust dest tud",
    "lt": "imas ymas iau oja",
    "lv": "šana ība ums",
    "hr": "ost anje enje ski ima",
}
