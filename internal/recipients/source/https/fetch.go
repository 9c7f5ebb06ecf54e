package https

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	crier "crier.dev/crier/api/v1alpha1"
	"crier.dev/crier/internal/recipients/source"
	"crier.dev/crier/internal/recipients/source/remote"
	"crier.dev/crier/internal/smtp/dialguard"
)

const (
	maxRedirects = 5
	maxHeader    = 64 << 10 // octets of the header of an answer
)

// fetch asks for the file. Errors are *source.Problem, those of the host, or
// without any text of the server's.
func (s https) fetch(ctx context.Context, host source.Host, to *url.URL, last validators) (*http.Response, error) {
	settings, err := remote.TLS(s.spec.TLS, to.Hostname())
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, source.Say(source.Invalid, "url is not the address of a file.")
	}
	request.Header.Set("User-Agent", "crier")
	request.Header.Set("Accept", "text/csv, application/x-ndjson, application/jsonl, application/json-lines, */*;q=0.5")
	request.Header.Set("Accept-Encoding", "gzip") // unpacked here, where it is bounded
	last.ask(request)
	if err := s.authorize(ctx, host, request); err != nil {
		return nil, err
	}
	client := http.Client{
		Transport: &http.Transport{
			DialContext: dial(host.Guard()), TLSClientConfig: settings, TLSHandshakeTimeout: remote.ConnectTimeout,
			DisableCompression: true, DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: sameHost(to),
	}
	answer, err := client.Do(request)
	if err == nil {
		return answer, nil
	}
	var problem *source.Problem
	if errors.As(err, &problem) {
		return nil, problem
	}
	var about *url.Error // its text has the URL, which may hold a secret
	if errors.As(err, &about) {
		err = about.Err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, remote.Failed(to.Host, err)
}

// dial is the guard's, with a time of its own: the one of the whole fetch may
// be an hour.
func dial(guard dialguard.Guard) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, remote.ConnectTimeout)
		defer cancel()
		return guard.DialContext(ctx, network, address)
	}
}

// sameHost follows redirects only to where the credentials belong.
func sameHost(to *url.URL) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, before []*http.Request) error {
		switch {
		case len(before) > maxRedirects:
			return source.Say(source.Invalid, "%s redirects too often (the limit is %d); use the url of the file itself.", to.Host, maxRedirects)
		case next.URL.Scheme != "https":
			return source.Say(source.Invalid, "%s redirects to an address that is not https, which Crier doesn't follow; use the url of the file itself.", to.Host)
		case !strings.EqualFold(next.URL.Host, to.Host):
			return source.Say(source.Invalid, "%s redirects to another host, which Crier doesn't follow; use the url of the file itself.", to.Host)
		}
		return nil
	}
}

// authorize adds the credentials of the Secret, if there is one.
func (s https) authorize(ctx context.Context, host source.Host, request *http.Request) error {
	if s.spec.SecretRef == nil {
		return nil
	}
	secret := s.spec.SecretRef.Name
	data, _, err := host.Secret(ctx, secret, crier.UseSource)
	if err != nil {
		return err
	}
	_, token := data["token"]
	_, username := data["username"]
	_, password := data["password"]
	switch {
	case token && (username || password):
		return source.Say(source.Invalid, "Secret %s has both a token and a user name with password; remove one of them.", secret)
	case !token && !username && !password:
		return source.Say(source.Invalid, "Secret %s has neither the key token nor the keys username and password; add them.", secret)
	case token:
		values, err := remote.Credentials(ctx, host, secret, "token")
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+values[0])
		return nil
	}
	values, err := remote.Credentials(ctx, host, secret, "username", "password")
	if err != nil {
		return err
	}
	if strings.Contains(values[0], ":") {
		return source.Say(source.Invalid, "The key username of Secret %s has a colon, which no user name can have (RFC 7617).", secret)
	}
	request.SetBasicAuth(values[0], values[1])
	return nil
}
