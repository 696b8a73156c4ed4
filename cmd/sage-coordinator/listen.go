package main

import (
	"net"
	"net/url"
	"strings"

	"github.com/sage-network/sage-node/chain/profile"
)

// listenAddress is where the HTTP interface listens: as set, else where the network says that its
// coordinator is, if that is on this machine.
func listenAddress(s settings, p *profile.Profile) string {
	if s.Listen != "" {
		return s.Listen
	}
	u, err := url.Parse(p.Coordinator)
	if err != nil || u.Port() == "" {
		return defaultListen
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return u.Host
	}
	return defaultListen
}

// p2pListen is where the libp2p host listens: as set, else where the network's bootstrap peers say that
// the node with this identity is.
func p2pListen(s settings, p *profile.Profile, id string) []string {
	if len(s.P2PListen) > 0 {
		return s.P2PListen
	}
	var own []string
	for _, address := range p.Bootstrap {
		if listen, peer, ok := strings.Cut(address, "/p2p/"); ok && peer == id {
			own = append(own, listen)
		}
	}
	if len(own) == 0 {
		return []string{defaultP2PListen}
	}
	return own
}
