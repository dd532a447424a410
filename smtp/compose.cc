#include "smtp/message.h"
