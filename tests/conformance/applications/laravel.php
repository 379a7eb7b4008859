<?php
// Sends as a Laravel application does: .env is in the working directory, and config/mail.php is Laravel's own.
require 'Illuminate/autoload.php';
require 'Dotenv/autoload.php';
require 'Swift/autoload.php';

[, $to, $bcc, $subject, $text] = $argv;
Dotenv\Dotenv::create(Illuminate\Support\Env::getRepository(), getcwd())->load();
$app = new Illuminate\Container\Container();
$app->instance('config', new Illuminate\Config\Repository(['mail' => [
    'default' => env('MAIL_MAILER', 'smtp'),
    'mailers' => [
        'smtp' => [
            'transport' => 'smtp',
            'host' => env('MAIL_HOST', 'smtp.mailgun.org'),
            'port' => env('MAIL_PORT', 587),
            'encryption' => env('MAIL_ENCRYPTION', 'tls'),
            'username' => env('MAIL_USERNAME'),
            'password' => env('MAIL_PASSWORD'),
            'timeout' => null,
        ],
        'sendmail' => ['transport' => 'sendmail', 'path' => env('MAIL_SENDMAIL_PATH', '/usr/sbin/sendmail -bs -i')],
    ],
    'from' => ['address' => 'shop@example.org', 'name' => 'お店'],
]]));
$app->instance('events', new Illuminate\Events\Dispatcher($app));
$app->instance('view', new Illuminate\View\Factory(
    new Illuminate\View\Engines\EngineResolver(),
    new Illuminate\View\FileViewFinder(new Illuminate\Filesystem\Filesystem(), []),
    $app['events']
));
(new Illuminate\Mail\MailManager($app))->mailer()->raw($text, function ($message) use ($to, $bcc, $subject) {
    $message->to($to)->bcc($bcc)->subject($subject)->attachData("番号\n1\n", '表.csv', ['mime' => 'text/csv']);
});
