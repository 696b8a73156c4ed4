// Package source says where a request comes from, as far as limits per caller go: the network address of
// who asks, also behind proxies that the operator trusts.
package source

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// ForwardedFor is the header to which each proxy adds who asked it.
const ForwardedFor = "X-Forwarded-For"

// Proxies are the networks whose word on who asked them is taken. With none, headers are not believed.
type Proxies []netip.Prefix

// ParseProxies reads networks in CIDR form, or single addresses.
func ParseProxies(texts []string) (Proxies, error) {
	var all Proxies
	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, addressErr := netip.ParseAddr(text)
			if addressErr != nil {
				return nil, fmt.Errorf("%q is no network such as 10.0.0.0/8, nor an address", text)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func (p Proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// Of is the source of a request.
func (p Proxies) Of(r *http.Request) string {
	return p.From(r.RemoteAddr, r.Header.Values(ForwardedFor))
}

// From is the source of a request that came over a socket from remote, with the values of ForwardedFor in
// their order. The list is read from its end, where the nearest proxy writes, up to the first address that
// is no trusted proxy's: what stands before it anybody may have written.
//
// The source is an IPv4 address, or the IPv6 network of 64 bits, all of which one subscriber has at will.
func (p Proxies) From(remote string, forwarded []string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	address, err := parse(host)
	if err != nil {
		return host
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trust(address); i-- {
		next, err := parse(strings.TrimSpace(hops[i]))
		if err != nil {
			break // the proxy's word ends here
		}
		address = next
	}
	if address.Is4() {
		return address.String()
	}
	return netip.PrefixFrom(address, 64).Masked().String()
}

func parse(text string) (netip.Addr, error) {
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err
}
