package plane

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Sizes are octets in etcd, keys and values, by the resource that they are.
type Sizes map[string]int64

// Total is all of them.
func (s Sizes) Total() int64 {
	var sum int64
	for _, n := range s {
		sum += n
	}
	return sum
}

// prefixes of the keys of what a record consists of; the record's name is
// part of each of their names.
var prefixes = []string{
	"/registry/crier.dev/deliveryrecords/",
	"/registry/crier.dev/deliveryshards/",
	"/registry/secrets/",
	"/registry/roles/",
	"/registry/rolebindings/",
	"/registry/serviceaccounts/",
	"/registry/jobs/",
}

// RecordSizes asks etcd itself how large the objects are there whose key has
// the name of a record in it.
func (p *Plane) RecordSizes(ctx context.Context, record string) (Sizes, error) {
	out := Sizes{}
	for _, prefix := range prefixes {
		n, err := p.sizeBelow(ctx, prefix, record)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out[strings.Trim(strings.TrimPrefix(prefix, "/registry/"), "/")] = n
		}
	}
	return out, nil
}

// page is how many objects are asked for at a time.
const page = 100

func (p *Plane) sizeBelow(ctx context.Context, prefix, record string) (int64, error) {
	var sum int64
	from, end := prefix, prefix[:len(prefix)-1]+"0" // '0' comes after '/'
	for {
		var answer struct {
			KVs []struct {
				Key   []byte `json:"key"`
				Value []byte `json:"value"`
			} `json:"kvs"`
			More bool `json:"more"`
		}
		err := p.etcdCall(ctx, "/v3/kv/range", map[string]any{
			"key":       base64.StdEncoding.EncodeToString([]byte(from)),
			"range_end": base64.StdEncoding.EncodeToString([]byte(end)),
			"limit":     page,
		}, &answer)
		if err != nil {
			return 0, err
		}
		for _, kv := range answer.KVs {
			if strings.Contains(string(kv.Key), record) {
				sum += int64(len(kv.Key) + len(kv.Value))
			}
			from = string(kv.Key) + "\x00"
		}
		if !answer.More {
			return sum, nil
		}
	}
}

// File is the size of etcd's file and how much of it is in use, in octets.
func (p *Plane) File(ctx context.Context) (size, inUse int64, err error) {
	var answer struct {
		Size  string `json:"dbSize"`
		InUse string `json:"dbSizeInUse"`
	}
	if err := p.etcdCall(ctx, "/v3/maintenance/status", map[string]any{}, &answer); err != nil {
		return 0, 0, err
	}
	if size, err = strconv.ParseInt(answer.Size, 10, 64); err != nil {
		return 0, 0, err
	}
	inUse, err = strconv.ParseInt(answer.InUse, 10, 64)
	return size, inUse, err
}

// Compact lets etcd forget all old versions, as it does by itself every five
// minutes for an API server.
func (p *Plane) Compact(ctx context.Context) error {
	var head struct {
		Header struct {
			Revision string `json:"revision"`
		} `json:"header"`
	}
	if err := p.etcdCall(ctx, "/v3/kv/range", map[string]any{"key": "AA=="}, &head); err != nil {
		return err
	}
	return p.etcdCall(ctx, "/v3/kv/compaction", map[string]any{"revision": head.Header.Revision, "physical": true}, nil)
}

// etcdCall uses etcd's JSON gateway.
func (p *Plane) etcdCall(ctx context.Context, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	url := p.env.ControlPlane.Etcd.URL.String() + path
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("etcd %s: %s", path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
