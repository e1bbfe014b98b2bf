#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_SIZE 32768
#define ERRNO_MAX 4095 // the kernel's own limit

int s5_link_socket(void) {
  int result = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  return result < 0 ? -errno : result;
}

// Sends one request and leaves its one reply in `reply`; returns the reply's bytes or -errno.
static ssize_t exchange(int socket, struct nlmsghdr *request, void *reply) {
  // Netlink answers requests of one socket in order, and this socket has joined no group, so the
  // next message is the answer.
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  ssize_t count;
  do {
    count = sendto(socket, request, request->nlmsg_len, 0, (struct sockaddr *)&kernel,
                   sizeof kernel);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  do {
    count = recv(socket, reply, REPLY_SIZE, 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  struct nlmsghdr *header = reply;
  if (!NLMSG_OK(header, (size_t)count)) return -EBADMSG;
  if (header->nlmsg_type == NLMSG_ERROR) {
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr))) return -EBADMSG;
    const struct nlmsgerr *error = NLMSG_DATA(header);
    // What is no error number would pass for success, or for a size.
    if (error->error < -ERRNO_MAX || error->error > 0) return -EBADMSG;
    if (error->error != 0) return error->error;
  }
  return count;
}

// The attribute of that type among those of `parent`, or null.
static const struct rtattr *nested(const struct rtattr *parent, unsigned short type) {
  if (parent == NULL) return NULL;
  int left = (int)RTA_PAYLOAD(parent);
  for (const struct rtattr *each = RTA_DATA(parent); RTA_OK(each, left);
       each = RTA_NEXT(each, left)) {
    if ((each->rta_type & NLA_TYPE_MASK) == type) return each;
  }
  return NULL;
}

static bool is_set(const struct rtattr *attribute) {
  return attribute != NULL && RTA_PAYLOAD(attribute) >= 1 &&
         *(const uint8_t *)RTA_DATA(attribute) != 0;
}

int s5_link_query(int socket, unsigned index, struct s5_link *link) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg info;
  } request = {
      .header = {.nlmsg_len = sizeof request,
                 .nlmsg_type = RTM_GETLINK,
                 .nlmsg_flags = NLM_F_REQUEST},
      .info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index},
  };
  _Alignas(struct nlmsghdr) char reply[REPLY_SIZE];
  ssize_t count = exchange(socket, &request.header, reply);
  if (count < 0) return (int)count;
  const struct nlmsghdr *header = (const void *)reply;
  if (header->nlmsg_type != RTM_NEWLINK ||
      header->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
    return -EBADMSG;
  const struct ifinfomsg *info = NLMSG_DATA(header);
  *link = (struct s5_link){.index = (unsigned)info->ifi_index, .up = info->ifi_flags & IFF_UP};
  int left = (int)IFLA_PAYLOAD(header);
  for (const struct rtattr *attribute = IFLA_RTA(info); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    size_t size = RTA_PAYLOAD(attribute);
    if (attribute->rta_type == IFLA_MTU && size >= sizeof link->mtu) {
      memcpy(&link->mtu, RTA_DATA(attribute), sizeof link->mtu);
    } else if ((attribute->rta_type & NLA_TYPE_MASK) == IFLA_LINKINFO) {
      const struct rtattr *data = nested(attribute, IFLA_INFO_DATA);
      link->frame_header = is_set(nested(data, IFLA_TUN_PI)) ||
                           is_set(nested(data, IFLA_TUN_VNET_HDR));
    } else if (attribute->rta_type == IFLA_STATS64 &&
               size >= offsetof(struct rtnl_link_stats64, multicast)) {
      // The attribute is aligned to 4 bytes only, and newer kernels make it longer.
      const char *field =
          (const char *)RTA_DATA(attribute) + offsetof(struct rtnl_link_stats64, tx_dropped);
      memcpy(&link->transmit_dropped, field, sizeof link->transmit_dropped);
    }
  }
  return link->mtu > 0 ? 0 : -EBADMSG;
}

int s5_link_index(int socket, const char *name) {
  struct ifreq request = {0};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(socket, SIOCGIFINDEX, &request) < 0) return -errno;
  return request.ifr_ifindex;
}

int s5_link_add_address(int socket, unsigned index, int family, const void *bytes,
                        unsigned prefix) {
  unsigned size = family == AF_INET ? 4 : 16;
  struct {
    struct nlmsghdr header;
    struct ifaddrmsg info;
    char attributes[3 * RTA_SPACE(16)];
  } request = {
      .header = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
                 .nlmsg_type = RTM_NEWADDR,
                 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
      .info = {.ifa_family = (unsigned char)family,
               .ifa_prefixlen = (unsigned char)prefix,
               .ifa_index = index},
  };
  uint8_t broadcast[4];
  const void *values[] = {bytes, bytes, broadcast};
  const unsigned short types[] = {IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST};
  // A broadcast address exists for IPv4 networks of at least two hosts besides it.
  unsigned count = family == AF_INET && prefix < 31 ? 3 : 2;
  if (count == 3) {
    memcpy(broadcast, bytes, sizeof broadcast);
    for (unsigned bit = prefix; bit < 32; bit++) broadcast[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
  }
  for (unsigned i = 0; i < count; i++) {
    struct rtattr *attribute = (void *)((char *)&request + request.header.nlmsg_len);
    attribute->rta_type = types[i];
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), values[i], size);
    request.header.nlmsg_len += RTA_SPACE(size);
  }
  _Alignas(struct nlmsghdr) char reply[REPLY_SIZE];
  ssize_t result = exchange(socket, &request.header, reply);
  return result < 0 ? (int)result : 0;
}
