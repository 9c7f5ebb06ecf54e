// Package controllers is the reconcilers, a folder for each kind, none of which
// knows another. Its own tests run them in a manager, with its cache and watches
// and no more rights than it has in a cluster.
package controllers
