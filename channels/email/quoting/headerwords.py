"""How mail programs name the fields of a copied header, and announce a copied mail, in the languages they speak.

Phrases are separated by "|".
"""

# What the header fields are called in front of a copied message.
FIELDS = {
    "from": """From|Von|De|Da|Van|Od|Fra|Från|Lähettäjä|Feladó|De la|Expeditor|От|От кого|Від|Від кого|Από|Kimden
        |Gönderen|Saatja|Kellelt|No|Nuo|Nork|Frá|Oddi wrth|Šalje|Пошиљалац|Pošiljatelj|差出人|送信者|发件人|發件人
        |寄件者|寄件人|发信人|보낸 사람|보낸사람|발신|Từ|Người gửi|จาก|Dari|Daripada|מאת|من|از|प्रेषक|Absender
        |Expéditeur|Mittente|Remitente|Remetente|Afsender|Avsender|Avsändare|Afzender|Nadawca|Odesílatel|Odosielateľ
        |Отправитель|Відправник|Подател""",
    "date": """Sent|Date|Date Sent|Gesendet|Gesendet am|Datum|Envoyé|Envoyé le|Enviado|Enviado el|Enviado em
        |Enviada|Enviada em|Fecha|Data|Inviato|Data invio|Verzonden|Verzonden op|Wysłano|Wysłane|Data wysłania
        |Odesláno|Odoslané|Dátum|Poslano|Послато|Sendt|Dato|Skickat|Lähetetty|Päivämäärä|Päiväys|Pvm|Elküldve|Küldve
        |Időpont|Trimis|Dată|Отправлено|Дата|Дата отправки|Надіслано|Изпратено|Στάλθηκε|Εστάλη|Ημερομηνία|Gönderilme
        |Gönderme Tarihi|Gönderildi|Gönderim|Tarih|Saadetud|Kuupäev|Nosūtīts|Datums|Išsiųsta|Enviat|Bidalia|Sent on
        |送信日時|送信日|日時|日付|发送时间|發送時間|发送日期|日期|寄件日期|时间|時間|보낸 날짜|보낸날짜|날짜|전송
        |Đã gửi|Gửi|Ngày|ส่ง|วันที่|Dikirim|Tanggal|Dihantar|Tarikh|נשלח|תאריך|التاريخ|تاريخ|تم الإرسال|أرسلت|تاریخ
        |दिनांक|Sent Date|Date d'envoi|Sendedatum|Zeit|Heure""",
    "to": """To|An|À|A|Para|Aan|Do|Komu|Pro|Til|Till|Vastaanottaja|Címzett|Către|Catre|La|Кому|До|Προς|Kime
        |Alıcı|Saaja|Kellele|Kam|Kur|Adresāts|Gavėjas|Per a|Nori|Prima|Za|宛先|收件人|收件者|收信人|받는 사람
        |받는사람|수신|Đến|Tới|ถึง|Kepada|Ke|אל|إلى|به|Empfänger|Destinataire|Destinatario|Destinatari|Destinatário
        |Modtager|Mottaker|Mottagare|Odbiorca|Ontvanger|Příjemce|Получатель|Recipients|Recipient""",
    "copy": """Cc|Kopie|Kopie (CC)|Copie|Copie à|Copia|Cópia|DW|Do wiadomości|Kopi|Kopia|Kopio|Másolatot kap
        |Másolat|Copie la|Копия|Копие|Копія|Κοιν|Κοινοποίηση|Bilgi|Koopia|Kopija|抄送|副本|参照|참조|สำเนา|Đồng gửi
        |Tembusan|העתק|نسخة|Bcc|Cci|Cco""",
    "subject": """Subject|Betreff|Betr|Objet|Sujet|Asunto|Assunto|Oggetto|Ogg|Onderwerp|Temat|Předmět|Predmet|Vec
        |Emne|Ämne|Aihe|Tárgy|Subiect|Тема|Относно|Предмет|Θέμα|Konu|Teema|Temats|Tēma|Tema|Assumpte|Gaia|Efni|件名
        |主题|主題|主旨|标题|제목|Chủ đề|Tiêu đề|เรื่อง|ชื่อเรื่อง|Subjek|Subyek|Perihal|Judul|נושא|הנדון|الموضوع
        |موضوع|विषय|Thema|Re|Title""",
    "other": """Reply-To|Antwort an|Répondre à|Responder a|Rispondi a|Odpowiedz do|Svar til|Importance|Priority
        |Wichtigkeit|Priorität|Attachments|Attachment|Anlagen|Anlage|Anhang|Pièces jointes|Pièce jointe|Allegati
        |Załączniki|Adjuntos|Anexos|Organization|Organisation|Message-ID|Newsgroups|Sent by|Gesendet von|Categories
        |附件|Sensitivity|Resent-From""",
}

# The line that announces a copied message, without its dashes and colons. A trailing "*" stands for anything.
ANNOUNCEMENTS = """
    original message*|original appointment|original mail|original e-mail|original email|forwarded message*
    forwarded by *|forwarded mail*
    begin forwarded message|begin forward|forwarded letter|reply message|replied message*|message d'origine
    message original*|message initial
    message transféré|message transmis|message réexpédié|début du message réexpédié
    début du message transféré|transféré par *|mail original|courriel original|e-mail d'origine
    ursprüngliche nachricht|ursprüngliche mail|ursprüngliche e-mail|originalnachricht|original-nachricht
    original nachricht|originale nachricht|orginalnachricht|originalmail
    weitergeleitete nachricht|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail
    weitergeleitet von *|weitergeleitete mail|ursprünglicher termin
    messaggio originale|messaggio inoltrato|messaggio d'origine|messaggio originario
    inizio messaggio inoltrato|inoltrato da *|email originale
    mensaje original|mensaje reenviado|inicio del mensaje reenviado|mensaje original de *|reenviado por *
    correo original|mensagem original|mensagem encaminhada
    mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada
    começo da mensagem encaminhada|encaminhado por *|missatge original|missatge reenviat
    oorspronkelijk bericht|origineel bericht|oorspronkelijke bericht|originele bericht|doorgestuurd bericht
    begin doorgestuurd bericht|doorgestuurd door *
    wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana dalej|treść przekazanej wiadomości
    przekazana wiadomość|wiadomość przekazana|początek przekazanej wiadomości
    początek wiadomości przekazanej dalej|wiadomosc oryginalna|oryginalna wiadomosc|pierwotna wiadomość
    oprindelig meddelelse|original meddelelse|oprindelig besked|original besked|videresendt meddelelse
    videresendt besked|start på videresendt besked|start på videresendt meddelelse|videresendt af *
    opprinnelig melding|opprinnelig e-post|videresendt melding|start på videresendt melding
    videresendt e-post|original melding|videresendt av *
    ursprungligt meddelande|originalmeddelande|ursprungsmeddelande|vidarebefordrat meddelande
    vidarebefordrat brev|vidarebefordrat mail|påbörja vidarebefordrat meddelande
    alkuperäinen viesti|välitetty viesti|välitetty viesti alkaa|edelleenlähetetty viesti|alkuperäinen sanoma
    původní zpráva|původní e-mail|přeposlaná zpráva|začátek přeposílané zprávy|začátek přeposlané zprávy
    pôvodná správa|preposlaná správa|začiatok preposlanej správy|pôvodný e-mail
    eredeti üzenet|továbbított üzenet|továbbított levél|továbbított levél kezdete|mesaj original
    mesajul original|mesaj redirecționat|mesaj transmis|izvorna poruka|originalna poruka|proslijeđena poruka
    izvirno sporočilo|posredovano sporočilo|izvirna poruka|prosleđena poruka|оригинална порука|algne kiri
    algne sõnum|edastatud kiri|originalus laiškas|pradinis laiškas|persiųstas laiškas|sākotnējais ziņojums
    pārsūtīts ziņojums
    исходное сообщение|первоначальное сообщение|пересылаемое сообщение|пересланное сообщение
    перенаправленное сообщение|начало переадресованного сообщения|начало пересылаемого сообщения
    оригинальное сообщение|конец пересылаемого сообщения
    оригінальне повідомлення|вихідне повідомлення|переслане повідомлення
    початок переадресованого повідомлення|оригинално съобщение|препратено съобщение|първоначално съобщение
    αρχικό μήνυμα|προωθημένο μήνυμα|έναρξη προωθημένου μηνύματος|özgün ileti|orijinal ileti|orijinal mesaj
    özgün mesaj|iletilmiş ileti|iletilen ileti|yönlendirilmiş ileti|iletilen ileti başlangıcı
    yönlendirilen ileti|asıl i̇leti|asıl ileti
    元のメッセージ|オリジナルメッセージ|転送メッセージ|転送されたメッセージ|original message 元のメッセージ
    以下为转发邮件|原始邮件|原始郵件|原邮件|转发邮件信息|转发的邮件|已转发邮件
    轉寄郵件|轉寄的郵件|开始转发的邮件|开始转发信件|回复的原邮件|原始信件|下面是被转发邮件的内容|開始轉寄郵件
    원본 메시지|원본 메일|원본메시지|전달된 메시지|전달된 메일|전달된 메시지 시작|thư gốc|tin nhắn gốc
    thư đã chuyển tiếp
    bắt đầu thư được chuyển tiếp|ข้อความต้นฉบับ|ข้อความที่ส่งต่อ|pesan asli|pesan terusan
    pesan yang diteruskan|mesej asal
    הודעה מקורית|הודעה שהועברה|ההודעה המקורית|تحويل الرسالة|الرسالة الأصلية|رسالة أصلية|رسالة معاد توجيهها
    رسالة تمت إعادة توجيهها|بدء الرسالة المعاد توجيهها|پیام اصلی|پیام هدایت شده|मूल संदेश
"""
