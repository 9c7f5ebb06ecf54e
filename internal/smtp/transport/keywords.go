package transport

import (
	"slices"
	"strings"

	"github.com/wneessen/go-mail/log"

	"crier.dev/crier/internal/redact"
)

// maxKeywords is several times what servers offer.
const maxKeywords = 64

// keywordTap listens to go-mail's debug log for the answer to the last EHLO. go-mail keeps the
// keywords to itself and can only be asked for one by name. Nothing that it hears is written
// anywhere.
type keywordTap struct {
	listening bool
	keywords  []string
}

// Debugf implements log.Logger.
func (k *keywordTap) Debugf(l log.Log) {
	if l.Direction == log.DirClientToServer {
		k.listening = strings.HasPrefix(l.Format, "EHLO")
		return
	}
	if !k.listening || len(l.Messages) != 2 {
		return
	}
	k.listening = false
	code, _ := l.Messages[0].(int)
	text, _ := l.Messages[1].(string)
	if code != 250 {
		return
	}
	k.keywords = nil
	for _, line := range strings.Split(text, "\n")[1:] { // the first line is the server's name
		if line = redact.Clean(line, redact.MaxWords); line != "" && len(k.keywords) < maxKeywords {
			k.keywords = append(k.keywords, line)
		}
	}
	slices.Sort(k.keywords)
}

// Infof, Warnf and Errorf implement log.Logger; go-mail's smtp.Client doesn't use them.
func (k *keywordTap) Infof(log.Log)  {}
func (k *keywordTap) Warnf(log.Log)  {}
func (k *keywordTap) Errorf(log.Log) {}
