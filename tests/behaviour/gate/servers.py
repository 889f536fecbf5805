"""servers - a configuration for each web server, around the files that we ship

A function for each: it writes what it needs below `place` and returns the command.  The shipped
text is changed in addresses and paths alone, each change must find its place, and the locations
for what the shipped example has none of (static files, FastCGI, WebSockets) are added to it.
"""
from .site import APPLICATION_PORT, CHECK_PORT, IS_ROOT, ROOT

SOCKET = "/run/sessiongate.sock"
APPLICATION = "127.0.0.1:8080"


def filled(text, *changes):
    for old, new in changes:
        assert old in text, f"the shipped file has no {old!r}"
        text = text.replace(old, new)
    return text


NGINX = """{user}
daemon off;
worker_processes 1;
pid {place}/pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	client_body_temp_path {place}/t1; fastcgi_temp_path {place}/t2; proxy_temp_path {place}/t3;
	scgi_temp_path {place}/t4; uwsgi_temp_path {place}/t5;
	client_max_body_size 0;
	include sessiongate_gate.conf;
}}
"""
NGINX_LOCATIONS = """
	root {directory}/htdocs;
	location /static/ {{ }}
	location /fcgi/ {{
		include sessiongate_gate_fastcgi;
		fastcgi_pass unix:{directory}/echo.sock;
	}}
	location /socket {{
		include sessiongate_gate_identity;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection upgrade;
		proxy_pass http://{application};
	}}
}}
"""


def nginx(site, place, ports, edit):
    application = f"{site.address}:{APPLICATION_PORT}"
    for path in (ROOT / "nginx").glob("sessiongate_gate_*"):
        (place / path.name).write_text(edit(path.read_text()))
    listen = "".join(f"listen {site.address}:{port}{' ssl http2' if scheme == 'https' else ''};\n\t"
                     for scheme, port in ports.items())
    text = filled((ROOT / "nginx/sessiongate_gate.conf").read_text(),
                  ("unix:" + SOCKET, f"unix:{site.sock}"), (APPLICATION, application),
                  ("listen [::]:80;\n", f"ssl_certificate {site.directory}/cert.pem;\n"
                   f"\tssl_certificate_key {site.directory}/key.pem;\n"),
                  ("listen 80;\n\t", listen))
    text = text.rstrip()
    assert text.endswith("}")
    text = text[:-1] + NGINX_LOCATIONS.format(directory=site.directory, application=application)
    (place / "sessiongate_gate.conf").write_text(edit(text))
    (place / "nginx.conf").write_text(NGINX.format(
        place=place, user="user www-data;" if IS_ROOT else ""))
    return "nginx", "-e", "stderr", "-p", place, "-c", place / "nginx.conf"


LIGHTTPD = """{user}
server.bind = "{address}"
server.port = {http}
server.document-root = "{directory}/htdocs"
server.upload-dirs = ( "{directory}/uploads" )
server.errorlog = "{place}/errors"
server.modules += ( "mod_openssl" )
ssl.pemfile = "{directory}/both.pem"
$SERVER["socket"] == "{address}:{https}" {{ ssl.engine = "enable" }}
"""
LIGHTTPD_LOCATIONS = """
$HTTP["url"] =~ "^/static/" {{ proxy.server = ( ) }}
$HTTP["url"] =~ "^/fcgi/" {{
	proxy.server = ( )
	fastcgi.server = ( "" => (
		( "socket" => "{sock}", "mode" => "authorizer", "check-local" => "disable", "read-timeout" => 5 ),
		( "socket" => "{directory}/echo.sock", "check-local" => "disable" )
	) )
}}
"""


def lighttpd(site, place, ports, edit):
    place.chmod(0o777)
    (place / "sessiongate-gate.lua").write_text(
        edit((ROOT / "lighttpd/sessiongate-gate.lua").read_text()))
    text = filled((ROOT / "lighttpd/sessiongate-gate.conf").read_text(), (SOCKET, str(site.sock)),
                  ('"host" => "127.0.0.1", "port" => 8080',
                   f'"host" => "{site.address}", "port" => {APPLICATION_PORT}'),
                  ("/etc/lighttpd/sessiongate-gate.lua", f"{place}/sessiongate-gate.lua"))
    head = LIGHTTPD.format(
        user='server.username = "www-data"\nserver.groupname = "www-data"' if IS_ROOT else "",
        address=site.address, directory=site.directory, place=place, **ports)
    (place / "lighttpd.conf").write_text(
        head + edit(text + LIGHTTPD_LOCATIONS.format(directory=site.directory, sock=site.sock)))
    return "lighttpd", "-D", "-f", place / "lighttpd.conf"


APACHE_MODULES = ("mpm_event authn_core authz_core authz_user authnz_fcgi env headers setenvif proxy "
                  "proxy_http proxy_fcgi reqtimeout socache_shmcb ssl").split()
APACHE = """{user}
ServerRoot {place}
ServerName localhost
PidFile {place}/pid
DefaultRuntimeDir {place}
Mutex file:{place}
MaxKeepAliveRequests 0
ErrorLog /proc/self/fd/2
DocumentRoot {directory}/htdocs
Listen {address}:{http}
Listen {address}:{https}
{modules}
<VirtualHost {address}:{https}>
	SSLEngine on
	SSLCertificateFile {directory}/cert.pem
	SSLCertificateKeyFile {directory}/key.pem
</VirtualHost>
ProxyPass "/static/" "!"
ProxyPass "/fcgi/" "unix:{directory}/echo.sock|fcgi://echo/fcgi/"
"""


def apache(site, place, ports, edit):
    modules = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
                        for m in APACHE_MODULES)
    text = filled((ROOT / "doc/gate-apache.conf").read_text(), (SOCKET, str(site.sock)),
                  (APPLICATION, f"{site.address}:{APPLICATION_PORT}"),
                  ("fcgi://127.0.0.1:9100/", f"fcgi://{site.address}:{CHECK_PORT}/"))
    head = APACHE.format(
        user="User www-data\nGroup www-data" if IS_ROOT else "", place=place, modules=modules,
        address=site.address, directory=site.directory, **ports)
    (place / "apache.conf").write_text(edit(head + text))
    return "apache2", "-DFOREGROUND", "-f", place / "apache.conf"


CADDY_LOCATIONS = """
	handle /static/* {{
		import sessiongate gate_check any
		root * {directory}/htdocs
		file_server
	}}
	handle /fcgi/* {{
		import sessiongate gate_check any
		reverse_proxy unix/{directory}/echo.sock {{
			transport fastcgi {{
				split ""
			}}
		}}
	}}
}}
"""


def caddy(site, place, ports, edit):
    text = filled((ROOT / "doc/gate-Caddyfile").read_text(), (SOCKET, str(site.sock)),
                  (APPLICATION, f"{site.address}:{APPLICATION_PORT}"),
                  ("auto_https off", "auto_https off\n\tadmin off"))
    before, block = text.split("\n:80 {")
    block = block.rstrip()
    assert block.endswith("}")
    block = block[:-1] + CADDY_LOCATIONS.format(directory=site.directory)
    blocks = (f"\nhttp://:{ports['http']} {{\n\tbind {site.address}\n{block}"
              f"\nhttps://:{ports['https']} {{\n\tbind {site.address}\n"
              f"\ttls {site.directory}/cert.pem {site.directory}/key.pem\n{block}")
    (place / "Caddyfile").write_text(edit(before + blocks))
    return "caddy", "run", "--config", place / "Caddyfile", "--adapter", "caddyfile"


CONFIGURE = {"nginx": nginx, "lighttpd": lighttpd, "apache": apache, "caddy": caddy}
