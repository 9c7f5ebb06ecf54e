package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"crier.dev/crier/hack/cluster/internal/config"
	"crier.dev/crier/hack/cluster/internal/layout"
	"crier.dev/crier/hack/cluster/internal/process"
)

// Start starts a component and waits until it answers.
func (c *Cluster) Start(ctx context.Context, component string) error {
	command := append([]string{c.binary(component)}, config.Arguments(component, c.State)...)
	environment := []string{"PATH=" + c.Binaries + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	if err := c.manager().Start(component, c.State.Log(component), command, environment); err != nil {
		return err
	}
	return c.await(ctx, component, component+" to answer", 90*time.Second, func() error {
		return c.answers(ctx, component)
	})
}

// answers says whether a component does its work, as far as others wait
// for it.
func (c *Cluster) answers(ctx context.Context, component string) error {
	switch component {
	case "containerd":
		_, err := c.ctr(ctx, "images", "list", "--quiet")
		return err
	case "etcd":
		if err := c.dial(ctx, fmt.Sprintf("127.0.0.1:%d", layout.EtcdPort)); err != nil {
			return err
		}
		// A running API server takes a while to find etcd again.
		if c.manager().State("kube-apiserver") == process.Running {
			return c.answers(ctx, "kube-apiserver")
		}
		return nil
	case "kube-apiserver":
		_, err := c.kubectl(ctx, "", "get", "--raw", "/readyz")
		return err
	case "kubelet":
		return c.dial(ctx, layout.NodeAddress+":10250")
	case "kube-controller-manager":
		return c.dial(ctx, "127.0.0.1:10257")
	case "kube-scheduler":
		return c.dial(ctx, "127.0.0.1:10259")
	case "kube-proxy": // speaks no TLS, on an address that is ours alone
		connection, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", layout.NodeAddress+":10256")
		if err != nil {
			return err
		}
		return connection.Close()
	}
	return fmt.Errorf("there is no component %q", component)
}

// dial asks for a certificate of this cluster: another program may have
// taken the port.
func (c *Cluster) dial(ctx context.Context, address string) error {
	authority, err := os.ReadFile(c.State.Certificate("ca"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	// etcd turns away, and logs, whoever shows no certificate.
	own, err := tls.LoadX509KeyPair(c.State.Certificate("admin"), c.State.Key("admin"))
	if err != nil {
		return err
	}
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: time.Second},
		Config:    &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}},
	}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}

// await asks until there is no error. It gives up after patience, or as soon
// as the component is gone, and then shows the end of its log.
func (c *Cluster) await(ctx context.Context, component, what string, patience time.Duration, ask func() error) error {
	end := time.Now().Add(patience)
	for {
		err := ask()
		if err == nil {
			return nil
		}
		gone := c.manager().State(component) == process.Stopped
		if gone {
			err = errors.New("it ended by itself")
		}
		if gone || time.Now().After(end) {
			return fmt.Errorf("waited for %s: %w\nthe end of %s:\n%s\nput right what it complains about and run up again; what runs already is kept",
				what, err, c.State.Log(component), process.Tail(c.State.Log(component), 12))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// conditionTrue says whether an object has the condition.
func (c *Cluster) conditionTrue(ctx context.Context, object, condition string, more ...string) error {
	arguments := append([]string{"get", object, "-o", `jsonpath={.status.conditions[?(@.type=="` + condition + `")].status}`}, more...)
	status, err := c.kubectl(ctx, "", arguments...)
	if err != nil {
		return err
	}
	if status != "True" {
		return fmt.Errorf("%s is not %s yet", object, condition)
	}
	return nil
}
