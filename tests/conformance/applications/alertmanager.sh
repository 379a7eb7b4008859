# Gives an Alertmanager an alert, and ends it when it has told of it: alertmanager.yml is in the working directory, and
# $1 is where the package is unpacked. The file system is the test's own.
set -e
here=127.0.0.1:9093
mount -t overlay none -o "lowerdir=$1/usr/share:/usr/share" /usr/share # where it looks for its templates
"$1/usr/bin/prometheus-alertmanager" --config.file=alertmanager.yml --storage.path=data --web.listen-address=$here \
    --cluster.listen-address= &
trap 'kill $!; wait' EXIT
until curl -sf http://$here/-/ready; do
    kill -0 $!
    sleep 0.1
done
curl -sf http://$here/api/v2/alerts -H 'Content-Type: application/json' -d '[{"labels": {"alertname": "Disk full"}}]'
until curl -sf http://$here/metrics | grep -q 'requests_total{integration="email"} [1-9]'; do sleep 0.2; done
curl -sf http://$here/metrics | grep -q 'requests_failed_total{integration="email"} 0'
