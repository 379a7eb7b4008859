<?php
// Sends as a Symfony application does: .env is in the working directory.
require 'Dotenv/autoload.php';
require 'Symfony/Component/Mailer/autoload.php';

use Symfony\Component\Mailer\Transport;

[, $to, $bcc, $subject, $text] = $argv;
Dotenv\Dotenv::createImmutable(getcwd())->load();
$dsn = $_ENV['MAILER_DSN'];
$factories = [new Transport\Smtp\EsmtpTransportFactory(), new Transport\SendmailTransportFactory()];
(new Symfony\Component\Mailer\Mailer((new Transport($factories))->fromString($dsn)))->send(
    (new Symfony\Component\Mime\Email())->from('お店 <shop@example.org>')->to($to)->bcc($bcc)
        ->subject($subject)->text($text)->attach("番号\n1\n", '表.csv', 'text/csv')
);
