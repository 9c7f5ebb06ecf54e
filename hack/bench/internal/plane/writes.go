package plane

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"k8s.io/client-go/rest"
)

// Writes are requests that change something, by resource.
type Writes map[string]int64

// Writes counts what the API server has carried out so far, by its metric
// apiserver_request_total.
func (p *Plane) Writes(ctx context.Context) (Writes, error) {
	transport, err := rest.TransportFor(p.env.Config)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.env.Config.Host, "/")+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metrics of the API server: %s", response.Status)
	}
	return parseWrites(response.Body)
}

// changing are the verbs of requests that change something.
var changing = map[string]bool{"POST": true, "PUT": true, "PATCH": true, "APPLY": true, "DELETE": true}

func parseWrites(metrics io.Reader) (Writes, error) {
	out := Writes{}
	lines := bufio.NewScanner(metrics)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		labels, ok := strings.CutPrefix(lines.Text(), "apiserver_request_total{")
		if !ok {
			continue
		}
		labels, value, ok := strings.Cut(labels, "} ")
		if !ok || !changing[label(labels, "verb")] {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, err
		}
		out[label(labels, "resource")] += int64(n)
	}
	return out, lines.Err()
}

func label(labels, name string) string {
	for pair := range strings.SplitSeq(labels, ",") {
		if value, ok := strings.CutPrefix(pair, name+`="`); ok {
			return strings.TrimSuffix(value, `"`)
		}
	}
	return ""
}

// Minus is what was written since before.
func (w Writes) Minus(before Writes) Writes {
	out := Writes{}
	for resource, n := range w {
		if n -= before[resource]; n > 0 {
			out[resource] = n
		}
	}
	return out
}
