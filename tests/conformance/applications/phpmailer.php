<?php
// Sends by PHPMailer as WordPress sets it up: the plugin is the first file.
require 'libphp-phpmailer/autoload.php';

[, $plugin, $to, $bcc, $subject, $text] = $argv;
$mailer = new PHPMailer\PHPMailer\PHPMailer(true);
function add_action($name, $act)
{
    global $mailer;
    if ($name === 'phpmailer_init') {
        $act($mailer);
    }
}
require $plugin;
$mailer->CharSet = 'UTF-8';
$mailer->setFrom('shop@example.org', 'お店');
$mailer->addAddress($to);
$mailer->addBCC($bcc);
$mailer->Subject = $subject;
$mailer->Body = $text;
$mailer->addStringAttachment("番号\n1\n", '表.csv');
$mailer->send();
