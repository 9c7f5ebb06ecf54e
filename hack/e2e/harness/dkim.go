package harness

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// python is Debian's, which has the verifier: another one may come first in PATH.
const python = "/usr/bin/python3"

// verifier is dkimpy. It prints what came of each signature of the messages that its arguments
// name after the file with the records; no domain name system is asked.
const verifier = `
import dkim, json, sys
records = {k + ".": v.encode() for k, v in json.load(open(sys.argv[1])).items()}
lookup = lambda name, timeout=5: records.get(name.decode() if isinstance(name, bytes) else name)
for path in sys.argv[2:]:
    message = open(path, "rb").read()
    out = []
    for i, value in enumerate(v for n, v in dkim.DKIM(message).headers if n.lower() == b"dkim-signature"):
        algorithm = dkim.util.parse_tag_value(value)[b"a"].decode()
        try:
            good = dkim.DKIM(message).verify(idx=i, dnsfunc=lookup)
        except dkim.DKIMException as problem:
            good = str(problem)
        out.append(algorithm + " " + ("good" if good is True else "bad" if good is False else good))
    print("; ".join(out) or "none")
`

// DKIMKey is a key that signs, and what the domain name system would have of it.
type DKIMKey struct {
	Domain, Selector string
	// Private is PKCS #8 in PEM.
	Private []byte
	// Record is the TXT record of <Selector>._domainkey.<Domain> (RFC 6376, RFC 8463).
	Record string
}

// NewRSAKey makes a key of 2048 bits.
func NewRSAKey(domain, selector string) (DKIMKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return DKIMKey{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		return DKIMKey{}, err
	}
	return dkimKey(domain, selector, private, "rsa", public)
}

// NewEd25519Key makes a key of that kind.
func NewEd25519Key(domain, selector string) (DKIMKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return DKIMKey{}, err
	}
	return dkimKey(domain, selector, private, "ed25519", public)
}

func dkimKey(domain, selector string, private crypto.PrivateKey, kind string, public []byte) (DKIMKey, error) {
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	return DKIMKey{
		Domain: domain, Selector: selector,
		Private: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}),
		Record:  "v=DKIM1; k=" + kind + "; p=" + base64.StdEncoding.EncodeToString(public),
	}, err
}

// ErrNoVerifier says that Debian's verifier of DKIM signatures isn't there.
var ErrNoVerifier = errors.New("python3-dkim and python3-nacl are not installed; hack/servers installs them")

// VerifyDKIM lets dkimpy look at messages as they were received, and returns what it says of each:
// "rsa-sha256 good; ed25519-sha256 good" of one whose two signatures are right.
func VerifyDKIM(ctx context.Context, keys []DKIMKey, messages ...[]byte) ([]string, error) {
	if err := exec.CommandContext(ctx, python, "-c", "import dkim, nacl").Run(); err != nil {
		return nil, ErrNoVerifier
	}
	folder, err := os.MkdirTemp("", "crier-dkim-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	records := map[string]string{}
	for _, key := range keys {
		records[key.Selector+"._domainkey."+key.Domain] = key.Record
	}
	raw, err := json.Marshal(records)
	if err != nil {
		return nil, err
	}
	args := []string{"-c", verifier, filepath.Join(folder, "records.json")}
	files := [][]byte{raw}
	for i, message := range messages {
		args = append(args, filepath.Join(folder, fmt.Sprintf("%d.eml", i)))
		files = append(files, message)
	}
	for i, content := range files {
		if err := os.WriteFile(args[i+2], content, 0o600); err != nil {
			return nil, err
		}
	}
	out, err := exec.CommandContext(ctx, python, args...).Output() //nolint:gosec // files of ours
	said := strings.Split(strings.TrimSpace(string(out)), "\n")
	if err != nil || len(said) != len(messages) {
		return nil, fmt.Errorf("the verifier of DKIM signatures said %d lines about %d messages: %w", len(said), len(messages), err)
	}
	return said, nil
}
