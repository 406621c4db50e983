package mitm

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"runtime"
	"strings"

	"github.com/wiretape/wiretape/certs"
)

// newWelcome returns the handler of http://wiretape/: how to trust the CA, and
// its certificate in the forms programs ask for.
func newWelcome(ca *certs.Authority) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "wiretape: only GET", http.StatusMethodNotAllowed)
			return
		}
		if ca == nil {
			http.Error(w, "wiretape: there is no CA", http.StatusNotFound)
			return
		}
		switch r.URL.Path {
		case "/", "":
			welcome(w, r, ca)
		case "/ca.pem":
			certificate(w, "application/x-pem-file", "wiretape-ca.pem", ca.PEM())
		case "/ca.crt", "/ca.cer", "/ca.der":
			certificate(w, "application/x-x509-ca-cert", "wiretape-"+r.URL.Path[1:], ca.Certificate().Raw)
		default:
			http.Error(w, "wiretape: there is /, /ca.pem, /ca.crt and /ca.cer", http.StatusNotFound)
		}
	})
}

func certificate(w http.ResponseWriter, kind, name string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data)
}

// platform is a heading of the welcome page.
type platform struct {
	Name  string
	Steps []certs.Instruction
}

// welcome shows how to trust the CA, as HTML to browsers and as text to others.
func welcome(w http.ResponseWriter, r *http.Request, ca *certs.Authority) {
	var list []platform
	for _, s := range []struct{ goos, name string }{
		{"linux", "Linux"}, {"darwin", "macOS"}, {"windows", "Windows"}, {"android", "Android"}, {"ios", "iOS"},
	} {
		all := certs.Instructions(s.goos, ca.CertFile())
		if own := all[:len(all)-len(certs.Instructions("", ca.CertFile()))]; len(own) > 0 {
			list = append(list, platform{s.name, own})
		}
		if s.goos == runtime.GOOS { // first what this machine needs
			last := len(list) - 1
			list[0], list[last] = list[last], list[0]
		}
	}
	list = append(list, platform{"Single programs", certs.Instructions("", ca.CertFile())})
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		welcomePage().Execute(w, list)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	writeWelcome(w, list)
}

const welcomeText = "You are connected through wiretape, which records what passes. For TLS it needs your trust in its local CA: http://wiretape/ca.pem"

func writeWelcome(w io.Writer, list []platform) {
	fmt.Fprintf(w, "%s\n", welcomeText)
	for _, p := range list {
		fmt.Fprintf(w, "\n%s\n", strings.ToUpper(p.Name))
		for _, s := range p.Steps {
			fmt.Fprintf(w, "\n  %s\n", s.For)
			if s.Note != "" {
				fmt.Fprintf(w, "    %s\n", s.Note)
			}
			for _, c := range s.Commands {
				fmt.Fprintf(w, "      %s\n", c)
			}
		}
	}
}

func welcomePage() *template.Template {
	return template.Must(template.New("welcome").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>wiretape</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em; color-scheme: light dark }
pre { overflow-x: auto; padding: .5em .8em; border: 1px solid #8884; border-radius: 4px }
h2 { border-bottom: 1px solid #8884 } h3 { font-size: 1em; margin-bottom: 0 } p { margin: .3em 0 }
</style></head><body>
<h1>wiretape</h1>
<p>You are connected through wiretape, which records what passes. For TLS it needs your trust in its local CA:
<a href="/ca.pem">ca.pem</a> (PEM), <a href="/ca.crt">ca.crt</a> and <a href="/ca.cer">ca.cer</a> (DER).</p>
<p>Whoever has the key of this CA can read the TLS connections of those who trust it. It lies on the machine wiretape runs on. Remove the CA again when you are done.</p>
{{range .}}<h2>{{.Name}}</h2>
{{range .Steps}}<h3>{{.For}}</h3>
{{with .Note}}<p>{{.}}</p>{{end}}{{if .Commands}}<pre>{{range .Commands}}{{.}}
{{end}}</pre>{{end}}
{{end}}{{end}}</body></html>
`))
}
