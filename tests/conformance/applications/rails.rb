# Sends as a Rails application does: the configuration is in the first file.
require "active_support"
require "action_mailer"
require "ostruct"

file, to, bcc, subject, text = ARGV
ActionMailer::Base.raise_delivery_errors = true
config = OpenStruct.new(action_mailer: ActionMailer::Base)
eval(File.read(file), binding, file)

class Orders < ActionMailer::Base
  def note(to, bcc, subject, text)
    attachments["表.csv"] = "番号\n1\n"
    mail(from: "お店 <shop@example.org>", to: to, bcc: bcc, subject: subject) do |format|
      format.text { render plain: text }
    end
  end
end

Orders.note(to, bcc, subject, text).deliver_now
