package https

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"crier.dev/crier/internal/recipients/source"
)

// refused says what is wrong with an answer that brings no file.
func (s https) refused(to *url.URL, answer *http.Response, conditional bool) *source.Problem {
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		return s.unfit(to, answer)
	case code == http.StatusNotModified && conditional:
		return nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		what := "check the credentials in the Secret, and what they may read"
		if s.spec.SecretRef == nil {
			what = "it may need credentials: set secretRef"
		}
		return source.Say(source.Refused, "%s refuses to send the file (%d); %s.", to.Host, code, what)
	case code == http.StatusNotFound, code == http.StatusGone:
		return source.Say(source.Refused, "There is no file at the url on %s (%d).", to.Host, code)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return source.Say(source.Unavailable, "%s can't send the file now (%d).", to.Host, code)
	case code >= 400:
		return source.Say(source.Invalid, "%s doesn't understand the request (%d); check the url.", to.Host, code)
	case code >= 300:
		return source.Say(source.Invalid, "%s redirects to nowhere (%d); use the url of the file itself.", to.Host, code)
	default:
		return source.Say(source.Unreadable, "%s sends no file (%d).", to.Host, code)
	}
}

// unfit says why the body can't be the file.
func (s https) unfit(to *url.URL, answer *http.Response) *source.Problem {
	switch {
	case answer.ContentLength > s.maxBytes():
		return s.tooLarge(to)
	case answer.ContentLength < 0 && len(answer.TransferEncoding) == 0:
		return source.Say(source.Unreadable,
			"%s doesn't say where the file ends, so a part of it could pass for the whole; it must send Content-Length or chunks.", to.Host)
	case s.spec.Format == "" && mediaType(answer) == "text/html":
		return source.Say(source.Unreadable, "%s sends a web page instead of a file; it may need credentials. If that is the file, set format.", to.Host)
	}
	return nil
}

func (s https) tooLarge(to *url.URL) *source.Problem {
	return source.Say(source.TooLarge, "The file of %s has more than %d octets (maxBytes).", to.Host, s.maxBytes())
}

func mediaType(answer *http.Response) string {
	media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// retryAfter is how long the server asks to be left alone (RFC 9110, section
// 10.2.3).
func retryAfter(answer *http.Response, now time.Time) time.Duration {
	field := answer.Header.Get("Retry-After")
	const most = 7 * 24 * time.Hour
	if seconds, err := strconv.ParseUint(field, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if at, err := http.ParseTime(field); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}
